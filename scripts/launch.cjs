'use strict'
// Runs FILE with the pinned Node; installs the locked packages first when the lock file has changed. Works on any Node >= 18.
const { spawn, spawnSync } = require('node:child_process')
const path = require('node:path')
const { installPackages } = require('./install-packages.cjs')
const { pinnedNode } = require('./node-path.cjs')

const root = path.join(__dirname, '..')
const modules = path.join(root, 'node_modules')

/** Best effort: Node compiles what the first start will load, so that the first start is no slower than the next. */
function warmUp() {
  spawnSync(pinnedNode(), [path.join(root, 'src/cli/warm-up.ts')], {
    stdio: 'ignore',
    env: childEnvironment(),
  })
}

function childEnvironment() {
  return {
    ...process.env,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || path.join(modules, '.cache', 'compile'),
  }
}

function run(file, args) {
  const child = spawn(pinnedNode(), [path.join(root, file), ...args], {
    cwd: process.cwd(),
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || path.join(modules, '.cache', 'compile'),
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 130 : code
  })
}

try {
  installPackages(root, { why: 'first start, installing packages (about half a minute)', after: warmUp })
  const [file, ...args] = process.argv.slice(2)
  if (file) run(file, args)
} catch (error) {
  if (!error.quiet) throw error
}
