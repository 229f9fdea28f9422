'use strict'
// Runs FILE with the pinned Node; installs the locked packages first when the lock file has changed. Works on any Node >= 18.
const { createHash } = require('node:crypto')
const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { pinnedNode } = require('./node-path.cjs')

const root = path.join(__dirname, '..')
const modules = path.join(root, 'node_modules')
const stampFile = path.join(modules, '.letterlock-installed')
const lockFile = path.join(root, '.letterlock-installing')

function wantedStamp() {
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'))
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex')
}
function installed(stamp) {
  try {
    return fs.readFileSync(stampFile, 'utf8') === stamp
  } catch {
    return false
  }
}
function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

function takeInstallLock(stamp) {
  for (;;) {
    try {
      fs.writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
      return true
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    let holder = 0
    try {
      holder = Number(fs.readFileSync(lockFile, 'utf8'))
    } catch {
      continue
    }
    if (holder && !alive(holder)) {
      fs.rmSync(lockFile, { force: true })
      continue
    }
    pause(200)
    if (installed(stamp)) return false
  }
}

function install() {
  const stamp = wantedStamp()
  if (installed(stamp) || !takeInstallLock(stamp)) return
  try {
    if (installed(stamp)) return
    process.stderr.write('letterlock: first start, installing packages (about half a minute) …\n')
    const began = Date.now()
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const result = spawnSync(npm, ['ci', '--include=optional', '--include=dev', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    })
    if (result.status !== 0) {
      process.stderr.write(
        'letterlock: the packages could not be installed (see above). Do this: check the network, then run it again.\n',
      )
      process.exitCode = 1
      throw Object.assign(new Error('install failed'), { quiet: true })
    }
    // Best effort: Node compiles what the first start will load, so that the first start is no slower than the next.
    spawnSync(pinnedNode(), [path.join(root, 'src/cli/warm-up.ts')], {
      stdio: 'ignore',
      env: childEnvironment(),
    })
    fs.writeFileSync(stampFile, stamp)
    process.stderr.write(`letterlock: installed in ${((Date.now() - began) / 1000).toFixed(1)} s\n`)
  } finally {
    fs.rmSync(lockFile, { force: true })
  }
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
  install()
  const [file, ...args] = process.argv.slice(2)
  if (file) run(file, args)
} catch (error) {
  if (!error.quiet) throw error
}
