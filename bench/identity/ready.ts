// Starts tenants in this process and prints how long it took: the median of five one by one, then five at once.
import { median } from '../../scripts/report.ts'
import { startTenant } from '../../src/tenant/index.ts'

const times: number[] = []
for (let turn = 0; turn < 5; turn++) {
  const began = performance.now()
  const tenant = await startTenant()
  times.push(performance.now() - began)
  await tenant.close()
}
const began = performance.now()
const tenants = await Promise.all(Array.from({ length: 5 }, () => startTenant()))
const five = performance.now() - began
await Promise.all(tenants.map((tenant) => tenant.close()))
console.log(JSON.stringify({ first: times[0], median: median(times), five }))
