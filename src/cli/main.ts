// The letterlock command. Loads the least it can before it knows what is asked.
import { streamOf, writeNow } from './standard-streams.ts'

async function main(inputs: readonly string[]): Promise<number> {
  if (inputs.length === 1 && (inputs[0] === '--version' || inputs[0] === '-v')) {
    writeNow(1, `${await readVersion()}\n`)
    return 0
  }
  const [{ takeEnvironmentSecrets }, { run }, { buildLetterlock }] = await Promise.all([
    import('./environment.ts'),
    import('@stricli/core'),
    import('./application.ts'),
  ])
  takeEnvironmentSecrets()
  const parsing = {
    exitCode: undefined as number | string | null | undefined,
    env: process.env,
    get stdout() {
      return streamOf(1)
    },
    get stderr() {
      return streamOf(2)
    },
  }
  let exitCode: number | undefined
  await run(buildLetterlock(readVersion, inputs), inputs.length === 0 ? ['--help'] : inputs, {
    process: parsing,
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

// No await at the top: the command also ships as CommonJS, which starts a tenth sooner (packaging/build.ts).
void main(process.argv.slice(2)).then((code) => (process.exitCode = code))
