// `npm run build`: the package as it ships, in dist/letterlock and as a tarball beside it. Node strips no types below
// node_modules, and a bundle of few files starts sooner than two hundred: the command is measured as it is packed here.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPeers } from '../scripts/install-peers.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'dist')
const folder = join(out, 'letterlock')

interface Bundle {
  readonly folder: string
  readonly format: 'esm' | 'cjs'
  /** What is started or imported by itself; everything else goes into shared parts beside them. */
  readonly entries: Readonly<Record<string, string>>
}

/**
 * The command is CommonJS: Node starts it sooner, for an ES module that imports node:fs or node:crypto loads all that
 * these ever export. A flow file that the command runs imports `letterlock` from this same bundle, not from the other.
 */
const command: Bundle = {
  folder: 'lib/command',
  format: 'cjs',
  entries: { main: 'src/cli/main.ts', index: 'src/index.ts' },
}
const library: Bundle = {
  folder: 'lib',
  format: 'esm',
  entries: { index: 'src/index.ts', tenant: 'src/tenant/index.ts', 'tenant-main': 'src/tenant/main.ts' },
}

function run(command: string, args: string[]): string {
  const result = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (result.status === 0) return result.stdout
  throw new Error(`${command} ${args.join(' ')} failed\n${result.stdout}${result.stderr}`)
}

const endingOf = (bundle: Bundle): string => (bundle.format === 'cjs' ? '.cjs' : '.js')

/** Where a file that is named beside `import.meta.url` is, seen from the bundle's folder. */
function shippedPath(named: string, from: string, bundle: Bundle): string {
  const path = relative(root, resolve(dirname(from), named)).split(sep).join('/')
  for (const one of [bundle, library, command]) {
    const entry = Object.entries(one.entries).find(([, source]) => source === path)
    if (entry) return upFrom(bundle, `${one.folder}/${entry[0]}${endingOf(one)}`)
  }
  return upFrom(bundle, path.replace(/\.ts$/, '.js'))
}

const upFrom = (bundle: Bundle, path: string): string => {
  const seen = relative(bundle.folder, path).split(sep).join('/')
  return seen.startsWith('.') ? seen : `./${seen}`
}

async function writeBundle(bundle: Bundle): Promise<void> {
  const { rolldown } = await import('rolldown')
  const build = await rolldown({
    input: Object.fromEntries(
      Object.entries(bundle.entries).map(([name, path]) => [name, join(root, path)]),
    ),
    platform: 'node',
    // One copy of the parser: as a package it would be there twice, once for each kind of module.
    external: (id: string) => !id.startsWith('.') && !id.startsWith(root) && id !== '@stricli/core',
    plugins: [
      {
        name: 'files-beside',
        transform: (code: string, id: string) =>
          code.replaceAll(
            /new URL\('([^']+)', import\.meta\.url\)/g,
            (_, named: string) => `new URL('${shippedPath(named, id, bundle)}', import.meta.url)`,
          ),
      },
    ],
  })
  const ending = endingOf(bundle)
  await build.write({
    dir: join(folder, bundle.folder),
    format: bundle.format,
    entryFileNames: `[name]${ending}`,
    chunkFileNames: `part-[name]${ending}`,
  })
}

function writePackageJson(): void {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>
  const { name, version, description, license, type, engines, bin, dependencies, optionalDependencies } = own
  const exports = {
    '.': { types: './types/src/index.d.ts', default: './lib/index.js' },
    './tenant': { types: './types/src/tenant/index.d.ts', default: './lib/tenant.js' },
    './package.json': './package.json',
  }
  const shipped = { name, version, description, license, type, engines, bin, exports, dependencies }
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ ...shipped, optionalDependencies }, null, 2)}\n`,
  )
}

/** The tour runs the example flow where it lies; its text stays beside it, to be read. */
function shipExamples(): void {
  for (const path of globSync('examples/**/*.ts', { cwd: root, exclude: (name) => name.endsWith('.test.ts') })) {
    const code = stripTypeScriptTypes(readFileSync(join(root, path), 'utf8'))
    const turned = code.replaceAll(/(from|import\() ?'(\.[^']+)\.ts'/g, "$1 '$2.js'")
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path.replace(/\.ts$/, '.js')), turned)
  }
}

/** Builds and packs; resolves with the tarball's path. */
async function buildPackage(): Promise<string> {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  installPeers(new URL('.', import.meta.url))
  await writeBundle(command)
  await writeBundle(library)
  run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'packaging/tsconfig.json'])
  const alongside = (path: string): void => cpSync(join(root, path), join(folder, path), { recursive: true })
  for (const path of ['LICENSE', 'README.md', 'bin/letterlock']) alongside(path)
  for (const path of globSync('examples/**/*.{eml,mbox,yaml,flow.ts}', { cwd: root })) alongside(path)
  shipExamples()
  chmodSync(join(folder, 'bin/letterlock'), 0o755)
  writePackageJson()
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', out, folder])) as {
    filename: string
  }[]
  return join(out, packed[0]!.filename)
}

console.log(await buildPackage())
