import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { systemClock } from '../../facts/clock.ts'
import type { AppSpec, FlowNeeds } from '../../registration/index.ts'
import type { Invocation } from '../invocation.ts'
import type { AppFlags } from './app-target.ts'
import { recipeRequest } from './recipe-request.ts'

/** What the flow files of an app file need. */
export async function flowsOf(spec: AppSpec): Promise<readonly FlowNeeds[]> {
  const { readFlowNeeds } = await import('../../registration/index.ts')
  return (spec.flows ?? []).map((file) => readFlowNeeds(file))
}

/** Writes the page for an administrator; returns where it lies. Sends nothing. */
export async function writeConsentPack(
  invocation: Invocation<AppFlags>,
  o: { readonly spec: AppSpec; readonly flows: readonly FlowNeeds[]; readonly file: string },
): Promise<string> {
  const { consentPack } = await import('../../registration/index.ts')
  const { spec, cloud, tenant, clientId } = recipeRequest(invocation, o.spec)
  const page = consentPack({
    spec,
    flows: o.flows,
    cloud,
    tenant,
    clientId,
    preparedMs: systemClock.nowMs(),
  })
  writeFileSync(o.file, page)
  return resolve(o.file)
}
