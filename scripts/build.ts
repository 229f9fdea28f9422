// `npm run build`: the package as it ships, in dist/letterlock and as a tarball beside it. JavaScript and types out of the
// same sources: Node strips no types below node_modules. Same folders, so that what a file finds beside it is beside it there too.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'dist')
const folder = join(out, 'letterlock')

interface PackageJson {
  readonly [other: string]: unknown
}

function run(command: string, args: string[], cwd: string): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  if (result.status === 0) return result.stdout
  throw new Error(`${command} ${args.join(' ')} failed\n${result.stdout}${result.stderr}`)
}

/** The compiler turns imports; a file named beside `import.meta.url` it leaves as it is. */
function nameCompiledFiles(): void {
  for (const file of globSync('**/*.js', { cwd: folder, exclude: (name) => name === 'node_modules' })) {
    const path = join(folder, file)
    const text = readFileSync(path, 'utf8')
    const turned = text.replaceAll(/(new URL\('[^']+)\.ts(', import\.meta\.url\))/g, '$1.js$2')
    if (turned !== text) writeFileSync(path, turned)
  }
}

function packageJson(): PackageJson {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson
  const { name, version, description, license, type, engines, bin, dependencies, optionalDependencies } = own
  const entry = (path: string): object => ({ types: `./${path}.d.ts`, default: `./${path}.js` })
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    bin,
    exports: {
      '.': entry('src/index'),
      './tenant': entry('src/tenant/index'),
      './package.json': './package.json',
    },
    dependencies,
    optionalDependencies,
  }
}

/** Builds and packs; resolves with the tarball's path. */
export function buildPackage(): string {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], root)
  nameCompiledFiles()
  const alongside = (path: string): void => cpSync(join(root, path), join(folder, path), { recursive: true })
  for (const path of ['LICENSE', 'README.md', 'bin/letterlock']) alongside(path)
  for (const path of globSync('examples/**/*.{eml,mbox,yaml,flow.ts}', { cwd: root })) alongside(path)
  chmodSync(join(folder, 'bin/letterlock'), 0o755)
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageJson(), null, 2)}\n`)
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', out, folder], root)) as {
    filename: string
  }[]
  return join(out, packed!.filename)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(buildPackage())
