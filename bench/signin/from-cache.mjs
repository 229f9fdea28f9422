// Run in the folder of the installed package: one token out of the cache, many times. Prints microseconds as JSON.
import { createTokenSource, openMemoryVault, openVault } from 'letterlock'

const [home, rounds] = [process.argv[2], Number(process.argv[3])]
const disk = openVault(home, { keychain: 'off' })
const [account] = disk.list()
const memory = openMemoryVault()
memory.save({ ...disk.read(account.id), redirectReceived: '' })

async function measure(vault) {
  const source = createTokenSource(vault, account.id)
  for (let round = 0; round < rounds / 5; round++) await source.getToken()
  const began = performance.now()
  for (let round = 0; round < rounds; round++) await source.getToken()
  return ((performance.now() - began) * 1000) / rounds
}
const times = { memory: [], disk: [] }
for (let turn = 0; turn < 5; turn++) {
  times.memory.push(await measure(memory))
  times.disk.push(await measure(disk))
}
console.log(JSON.stringify(times))
disk.close()
