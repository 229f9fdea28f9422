// Kills tenants while they start for the first time: over their folder, their migrations, their seeds, their first key.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { integrity } from './integrity.ts'
import { killStart, startTenantProcess } from './lab.ts'

export interface FirstStarts {
  readonly kills: number
  /** What went wrong, one line each. */
  readonly failures: readonly string[]
}

/** Each kill has a folder of its own, and falls at a random instant of the time that a first start takes here. */
export async function killFirstStarts(dir: string, kills: number): Promise<FirstStarts> {
  const failures: string[] = []
  let startMs = await measureStart(join(dir, 'measured'))
  for (let n = 0; n < kills; n++) {
    const folder = join(dir, `first-${n}`)
    await killStart(folder, Math.random() * startMs * 1.2)
    const told = tenantIdIn(folder)
    try {
      const tenant = await startTenantProcess(folder)
      startMs = tenant.startMs()
      const [once, id] = [await whatItIs(tenant.origin), tenant.tenantId]
      if (told !== undefined && told !== id) failures.push(`the tenant was ${told}, and is ${id}`)
      await tenant.killAndRestart()
      if ((await whatItIs(tenant.origin)) !== once) failures.push('its keys changed with a restart')
      await tenant.stop()
    } catch (error) {
      failures.push(`after a kill in its first start: ${String(error)}`)
    }
    if (integrity(join(folder, 'tenant.db')) > 0) failures.push('its database is damaged')
  }
  return { kills, failures }
}

async function measureStart(folder: string): Promise<number> {
  const tenant = await startTenantProcess(folder)
  await tenant.stop()
  return tenant.startMs()
}

/** The tenant that the killed process had already told others about. */
function tenantIdIn(folder: string): string | undefined {
  const file = join(folder, 'tenant.json')
  if (!existsSync(file)) return undefined
  return (JSON.parse(readFileSync(file, 'utf8')) as { tenantId: string }).tenantId
}

const whatItIs = async (origin: string): Promise<string> =>
  (await fetch(`${origin}/common/discovery/v2.0/keys`)).text()
