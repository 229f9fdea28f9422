// What Entra says of itself in each cloud a local tenant can belong to. Sources: Microsoft "National clouds" and the national-cloud
// error pages; public metadata of tenants in GCC High as tools read it (region USGov, sub-scope DODCON; the global authority answers
// for them too); Azure CLI (AAD Graph's host). Read 2026-11-25. Unverified: the order of the checks where several apply.
import { clouds } from './clouds.ts'

export type EntraCloudName = 'global' | 'gcc-high'

export interface EntraCloud {
  readonly name: EntraCloudName
  /** Origin of the authority. */
  readonly authority: string
  readonly graph: string
  /** `cloud_instance_name` of the metadata. */
  readonly instanceName: string
  /** As AADSTS90038 names the cloud. */
  readonly nationalName: string
  readonly regionScope: string
  readonly regionSubScope?: string
  /** `cloud_graph_host_name`: the retired Azure AD Graph. */
  readonly legacyGraphHost: string
  readonly rbacUrl: string
  readonly deviceLogin: string
  /** Under which every tenant has its first domain. */
  readonly initialDomain: string
}

export const entraClouds: Readonly<Record<EntraCloudName, EntraCloud>> = {
  global: {
    name: 'global',
    authority: clouds.global.authority,
    graph: clouds.global.graph,
    instanceName: 'microsoftonline.com',
    nationalName: 'MicrosoftOnline.COM',
    regionScope: 'WW',
    legacyGraphHost: 'graph.windows.net',
    rbacUrl: 'https://pas.windows.net',
    deviceLogin: 'https://microsoft.com/devicelogin',
    initialDomain: 'onmicrosoft.com',
  },
  'gcc-high': {
    name: 'gcc-high',
    authority: clouds['gcc-high'].authority,
    graph: clouds['gcc-high'].graph,
    instanceName: 'microsoftonline.us',
    nationalName: 'MicrosoftOnline.US',
    regionScope: 'USGov',
    regionSubScope: 'DODCON',
    legacyGraphHost: 'graph.microsoftazure.us',
    rbacUrl: 'https://pasff.usgovcloudapi.net',
    deviceLogin: 'https://microsoft.com/deviceloginus',
    initialDomain: 'onmicrosoft.us',
  },
}

/** Graph's names in all clouds: the application of Microsoft Graph answers to each of them in every tenant. */
export const graphOrigins: readonly string[] = Object.values(clouds).map((one) => one.graph)

/** The domain that Microsoft gives a tenant, in whatever cloud. */
export const isInitialDomain = (name: string): boolean =>
  Object.values(entraClouds).some((one) => name.endsWith(`.${one.initialDomain}`))
