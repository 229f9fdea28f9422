// The packages of a folder that has a lock file of its own: installed on first use, so that `npm start` stays light.
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const { installPackages } = createRequire(import.meta.url)('./install-packages.cjs') as {
  installPackages(folder: string, o: { why: string }): void
}

/** Returns at once when they are there. Two processes at the same time both succeed. */
export function installPeers(folder: URL): void {
  const path = fileURLToPath(folder)
  installPackages(path, { why: `installing the packages of ${basename(path)}` })
}

/** The version of an installed package, as its own package.json gives it. */
export function versionOf(folder: URL, name: string): string {
  const file = new URL(`node_modules/${name}/package.json`, folder)
  return (createRequire(import.meta.url)(fileURLToPath(file)) as { version: string }).version
}
