// The letterlock command. Loads the least it can before it knows what is asked.
process.stdout.on('error', leaveIfClosed)
process.stderr.on('error', leaveIfClosed)

async function main(inputs: readonly string[]): Promise<number> {
  if (inputs.length === 1 && (inputs[0] === '--version' || inputs[0] === '-v')) {
    process.stdout.write(`${await readVersion()}\n`)
    return 0
  }
  const [{ takeEnvironmentSecrets }, { run }, { buildLetterlock }] = await Promise.all([
    import('./environment.ts'),
    import('@stricli/core'),
    import('./application.ts'),
  ])
  takeEnvironmentSecrets()
  const { stdout, stderr, env } = process
  const parsing: { exitCode?: number | string | null } = {}
  const streams = Object.assign(parsing, { stdout, stderr, env })
  let exitCode: number | undefined
  await run(buildLetterlock(readVersion, inputs), inputs.length === 0 ? ['--help'] : inputs, {
    process: streams,
    setExitCode: (code: number) => (exitCode = code),
  })
  return exitCode ?? parserExitCode(Number(parsing.exitCode ?? 0))
}

/** The parser's own codes are negative: what was typed was wrong (2), or something broke (1). */
function parserExitCode(code: number): number {
  if (code === -4 || code === -5) return 2
  return code === 0 ? 0 : 1
}

async function readVersion(): Promise<string> {
  const { readFileSync } = await import('node:fs')
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** `letterlock mail list | head` closes the pipe: that is no error. */
function leaveIfClosed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}

process.exitCode = await main(process.argv.slice(2))
