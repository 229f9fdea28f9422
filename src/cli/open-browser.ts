import { spawn } from 'node:child_process'

/** Opens an address in the person's browser: `BROWSER` if it is set, else the system's way. */
export async function openBrowser(url: string): Promise<void> {
  const command = process.env['BROWSER']
  if (command) {
    const child = spawn(command, [url], { stdio: 'ignore', detached: true })
    await new Promise<void>((done, fail) => child.once('spawn', done).once('error', fail))
    child.unref()
    return
  }
  const { default: open } = await import('open')
  const child = await open(url)
  child.on('error', () => undefined)
  child.unref()
}
