// Runs a recipe by its tool, and reads what stands in the directory afterwards.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { GraphClient } from '../../src/graph/index.ts'
import { adminPermissions, type Lab, openLab } from '../../src/registration/lab.fixture.ts'
import { replayPowerShell } from './powershell-replayer.ts'
import { replayRequests } from './rest-replayer.ts'

export type Replayed = 'az' | 'pwsh' | 'rest'

export interface RecipeLab {
  readonly lab: Lab
  readonly admin: GraphClient
  /** Runs a text as printed; in an empty folder, which must stay empty. */
  play(format: Replayed, text: string): Promise<void>
  close(): Promise<void>
}

export async function openRecipeLab(): Promise<RecipeLab> {
  const lab = await openLab()
  const permissions = [...adminPermissions, 'User.ReadWrite.All', 'User.RevokeSessions.All']
  const token = await lab.tokenOf('admin@contoso.example', permissions)
  const { origin } = lab.tenant
  const admin = await lab.clientOf('admin@contoso.example', permissions)
  const dir = mkdtempSync(join(tmpdir(), 'letterlock-recipes-'))
  const az = join(dir, 'az')
  const replayer = fileURLToPath(new URL('az-replayer.ts', import.meta.url))
  writeFileSync(az, `#!/bin/sh\nexec "${process.execPath}" "${replayer}" "$@"\n`)
  chmodSync(az, 0o700)
  return {
    lab,
    admin,
    async play(format, text) {
      if (format === 'rest') await replayRequests(text, { origin, token })
      else if (format === 'pwsh') await replayPowerShell(text, { origin, token })
      else
        await promisify(execFile)('sh', ['-euc', text], {
          cwd: dir,
          env: {
            ...process.env,
            PATH: `${dir}:${process.env['PATH']}`,
            REPLAY_ORIGIN: origin,
            REPLAY_TOKEN: token,
          },
        })
    },
    async close() {
      rmSync(dir, { recursive: true, force: true })
      await lab.close()
    },
  }
}

/** All that a registration is, without the ids and dates that differ by nature; names stand for the people's ids. */
export async function registered(admin: GraphClient, name: string): Promise<Record<string, unknown>> {
  const read = async (path: string): Promise<Record<string, unknown>[]> =>
    (await admin.request<{ value: Record<string, unknown>[] }>('GET', path)).body.value
  const quoted = encodeURIComponent(`'${name.replaceAll("'", "''")}'`)
  const [application, ...others] = await read(`/applications?$filter=displayName eq ${quoted}`)
  assert.ok(application, `nothing is registered as ${name}`)
  assert.equal(others.length, 0, `${name} is registered more than once`)
  const [principal] = await read(`/servicePrincipals?$filter=appId eq '${String(application['appId'])}'`)
  assert.ok(principal)
  const id = String(principal['id'])
  const part = (of: 'grants' | 'held' | 'assigned') =>
    ({ grants: 'oauth2PermissionGrants', held: 'appRoleAssignments', assigned: 'appRoleAssignedTo' })[of]
  const [grants, held, assigned] = await Promise.all(
    (['grants', 'held', 'assigned'] as const).map((of) => read(`/servicePrincipals/${id}/${part(of)}`)),
  )
  const own: unknown[] = ['id', 'appId', 'createdDateTime', 'publisherDomain', 'clientId', 'principalId', 'displayName', 'appDisplayName', 'principalDisplayName', 'resourceDisplayName', 'servicePrincipalNames'] // prettier-ignore
  const bare = (row: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(row).filter(
        ([key, value]) => !own.includes(key) && value !== id && !key.startsWith('@'),
      ),
    )
  return {
    name: application['displayName'],
    application: bare(application),
    principal: bare(principal),
    grants: grants!.map((one) => ({ ...bare(one), principalId: one['principalId'] })),
    held: held!.map(bare),
    assigned: assigned!.map((one) => ({ ...bare(one), principalId: one['principalId'] })),
  }
}
