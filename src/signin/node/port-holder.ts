import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Names the process that listens on a loopback port, such as `node (process 4711)`; undefined where the system does not tell. */
export async function describePortHolder(port: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') return await onLinux(port)
    if (process.platform === 'darwin') return await onMac(port)
  } catch {
    // Only a courtesy: the caller's error stands without it.
  }
  return undefined
}

async function onLinux(port: number): Promise<string | undefined> {
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const rows = await readFile(table, 'utf8').catch(() => '')
    for (const row of rows.split('\n').slice(1)) {
      const cells = row.trim().split(/\s+/)
      const localPort = Number.parseInt(cells[1]?.split(':')[1] ?? '', 16)
      if (localPort === port && cells[3] === '0A' && cells[9]) inodes.add(`socket:[${cells[9]}]`)
    }
  }
  if (inodes.size === 0) return undefined
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const handles = await readdir(`/proc/${pid}/fd`).catch(() => [])
    const links = await Promise.all(
      handles.map((handle) => readlink(`/proc/${pid}/fd/${handle}`).catch(() => '')),
    )
    if (!links.some((link) => inodes.has(link))) continue
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    return describe(name, pid)
  }
  return undefined
}

async function onMac(port: number): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
    timeout: 3_000,
  })
  const pid = /^p(\d+)$/m.exec(stdout)?.[1]
  return pid ? describe(/^c(.+)$/m.exec(stdout)?.[1] ?? '', pid) : undefined
}

function describe(name: string, pid: string): string {
  const printable = name.replace(/[^\x20-\x7e]/g, '').trim()
  return printable ? `${printable} (process ${pid})` : `process ${pid}`
}
