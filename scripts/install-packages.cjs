'use strict'
// Installs a folder's locked packages when its lock file has changed. Works on any Node >= 18; two at once both succeed.
const { createHash } = require('node:crypto')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

function wantedStamp(folder) {
  const lock = fs.readFileSync(path.join(folder, 'package-lock.json'))
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex')
}
const stampFile = (folder) => path.join(folder, 'node_modules', '.letterlock-installed')
function isInstalled(folder, stamp = wantedStamp(folder)) {
  try {
    return fs.readFileSync(stampFile(folder), 'utf8') === stamp
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

/** False when another process has finished the installation while this one waited. */
function takeInstallLock(folder, stamp) {
  const lockFile = path.join(folder, '.letterlock-installing')
  for (;;) {
    try {
      fs.writeFileSync(lockFile, String(process.pid), { flag: 'wx' })
      return lockFile
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
    if (isInstalled(folder, stamp)) return undefined
  }
}

/**
 * @param {string} folder
 * @param {{ why: string, after?: () => void }} options `after` runs before the stamp is written.
 */
function installPackages(folder, { why, after }) {
  const stamp = wantedStamp(folder)
  if (isInstalled(folder, stamp)) return
  const lockFile = takeInstallLock(folder, stamp)
  if (!lockFile) return
  try {
    if (isInstalled(folder, stamp)) return
    process.stderr.write(`letterlock: ${why} …\n`)
    const began = Date.now()
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const result = spawnSync(npm, ['ci', '--include=optional', '--include=dev', '--loglevel=error'], {
      cwd: folder,
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
    if (after) after()
    fs.writeFileSync(stampFile(folder), stamp)
    process.stderr.write(`letterlock: installed in ${((Date.now() - began) / 1000).toFixed(1)} s\n`)
  } finally {
    fs.rmSync(lockFile, { force: true })
  }
}

module.exports = { installPackages, isInstalled }
