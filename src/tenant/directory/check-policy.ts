// What a conditional access policy or a named location may say. What is not modelled is refused by name, never ignored.
// Graph conditionalAccessPolicy, conditionalAccessConditionSet, ipNamedLocation.
import { isIP } from 'node:net'
import { badRequest, notModelled } from './contract.ts'

type Body = Readonly<Record<string, unknown>>

const states = ['enabled', 'disabled', 'enabledForReportingButNotEnforced']
export const grantable = ['block', 'mfa', 'compliantDevice', 'domainJoinedDevice']
const clientAppTypes = ['all', 'browser', 'mobileAppsAndDesktopClients', 'exchangeActiveSync', 'other']
const conditionNames = ['users', 'applications', 'locations', 'clientAppTypes']
const sessionNames = ['signInFrequency', 'persistentBrowser']

/** The whole policy as it will be kept. @throws {GraphFailure} 400 `Request_BadRequest`, 501 `NotImplemented` */
export function checkAccessPolicy(body: Body): object {
  const { displayName, state } = body
  if (typeof displayName !== 'string' || displayName === '') throw invalid('displayName')
  if (!states.includes(String(state))) throw invalid('state')
  const conditions = object(body, 'conditions')
  const users = object(conditions, 'users')
  const applications = object(conditions, 'applications')
  refuseOthers('the condition', conditions, conditionNames)
  const includes = ['includeUsers', 'includeGroups', 'includeRoles'].flatMap((name) => texts(users, name))
  if (includes.length === 0) throw invalid('conditions.users')
  if (texts(applications, 'includeApplications').length === 0) {
    refuseOthers('the application condition', applications, ['includeApplications', 'excludeApplications'])
    throw invalid('conditions.applications')
  }
  const types = texts(conditions, 'clientAppTypes')
  if (types.some((one) => !clientAppTypes.includes(one))) throw invalid('conditions.clientAppTypes')
  if (conditions['locations']) texts(object(conditions, 'locations'), 'includeLocations')
  const grant = body['grantControls'] ? checkGrant(object(body, 'grantControls')) : null
  const session = body['sessionControls'] ? checkSession(object(body, 'sessionControls')) : null
  if (!grant && !session) throw badRequest('1032: A policy needs grantControls or sessionControls.')
  return {
    displayName,
    state,
    conditions: { ...conditions, clientAppTypes: types.length > 0 ? types : ['all'] },
    grantControls: grant,
    sessionControls: session,
  }
}

function checkGrant(controls: Body): object {
  const builtIn = texts(controls, 'builtInControls')
  const operator = controls['operator'] ?? 'OR'
  if (operator !== 'AND' && operator !== 'OR') throw invalid('grantControls.operator')
  refuseOthers('the grant control', controls, ['builtInControls', 'operator'])
  const unknown = builtIn.find((one) => !grantable.includes(one))
  if (unknown) throw notModelled(`the grant control ${unknown}`)
  if (builtIn.length === 0 || (builtIn.includes('block') && builtIn.length > 1))
    throw invalid('grantControls.builtInControls')
  return { ...controls, operator, builtInControls: builtIn }
}

function checkSession(controls: Body): object {
  refuseOthers('the session control', controls, sessionNames)
  const frequency = controls['signInFrequency'] as Body | null | undefined
  const browser = controls['persistentBrowser'] as Body | null | undefined
  if (frequency && frequency['frequencyInterval'] !== 'everyTime') {
    const { value, type } = frequency
    const [most, unit] = type === 'days' ? [365, 1] : [23, 1]
    if (!['hours', 'days'].includes(String(type)) || !Number.isInteger(value))
      throw invalid('sessionControls.signInFrequency')
    if ((value as number) < unit || (value as number) > most) throw invalid('sessionControls.signInFrequency')
  }
  if (browser && !['always', 'never'].includes(String(browser['mode'])))
    throw invalid('sessionControls.persistentBrowser')
  return controls
}

/** @throws {GraphFailure} 400 `Request_BadRequest`, 501 `NotImplemented` */
export function checkNamedLocation(body: Body): object {
  if (body['@odata.type'] === '#microsoft.graph.countryNamedLocation')
    throw notModelled('countryNamedLocation')
  if (body['@odata.type'] !== '#microsoft.graph.ipNamedLocation') throw invalid('@odata.type')
  const { displayName, isTrusted = false, ipRanges } = body
  if (typeof displayName !== 'string' || displayName === '') throw invalid('displayName')
  if (typeof isTrusted !== 'boolean') throw invalid('isTrusted')
  const ranges = Array.isArray(ipRanges) ? (ipRanges as Body[]) : []
  if (ranges.length === 0 || !ranges.every((one) => isCidr(one?.['cidrAddress']))) throw invalid('ipRanges')
  return { '@odata.type': '#microsoft.graph.ipNamedLocation', displayName, isTrusted, ipRanges: ranges }
}

function isCidr(text: unknown): boolean {
  const [address = '', bits = ''] = String(text).split('/')
  const family = isIP(address)
  return family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
}

const invalid = (property: string) => badRequest(`Invalid value specified for property '${property}'.`)

function object(body: Body, name: string): Body {
  const value = body[name]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name)
  return value as Body
}

function texts(body: Body, name: string): string[] {
  const value = body[name] ?? []
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw invalid(name)
  return value as string[]
}

/** Members that are set beyond the known ones; null, empty lists and annotations say nothing. */
function refuseOthers(what: string, body: Body, known: readonly string[]): void {
  for (const [name, value] of Object.entries(body)) {
    const says = value !== null && !(Array.isArray(value) && value.length === 0)
    if (says && !known.includes(name) && !name.includes('@')) throw notModelled(`${what} ${name}`)
  }
}
