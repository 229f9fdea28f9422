// What Graph takes and refuses in a group's body. Graph "Create group", "Update group"; group resource.
import { badRequest, isGuid, missingValue, notModelled } from './contract.ts'
import { invalidValue } from './objects.ts'
import { checkNickname } from './user-body.ts'

export interface GroupBody {
  readonly properties: Record<string, unknown>
  readonly members: readonly string[]
  readonly owners: readonly string[]
}

const texts: Readonly<Record<string, number>> = { displayName: 256, description: 1_024, visibility: 32 }
const flags = new Set(['mailEnabled', 'securityEnabled'])
const notModelledProperties = new Set([
  'membershipRule',
  'membershipRuleProcessingState',
  'isAssignableToRole',
  'classification',
  'theme',
  'preferredLanguage',
  'preferredDataLocation',
  'assignedLabels',
  'resourceBehaviorOptions',
  'resourceProvisioningOptions',
  'allowExternalSenders',
  'autoSubscribeNewMembers',
  'hideFromAddressLists',
  'hideFromOutlookClients',
])
const readOnly = new Set(['id', 'createdDateTime', 'deletedDateTime', 'mail', 'proxyAddresses', 'renewedDateTime', 'securityIdentifier']) // prettier-ignore

/** @throws {GraphFailure} 400 `Request_BadRequest` naming the property, 501 for what is not modelled */
export function checkNewGroup(body: Record<string, unknown>, domain: string): GroupBody {
  for (const name of ['displayName', 'mailEnabled', 'mailNickname', 'securityEnabled'])
    if (body[name] === undefined || body[name] === null) throw missingValue(name, 'Group')
  const checked = checkGroup(body)
  const { properties } = checked
  const unified = (properties['groupTypes'] as string[] | undefined)?.includes('Unified') ?? false
  if (properties['mailEnabled'] === true && !unified)
    throw badRequest(
      'The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.',
    )
  if (unified && properties['mailEnabled'] !== true) throw invalidValue('mailEnabled', 'Group')
  if (!unified && properties['securityEnabled'] !== true) throw invalidValue('securityEnabled', 'Group')
  if (!unified) return checked
  const mail = `${String(properties['mailNickname'])}@${domain}`
  const visibility = properties['visibility'] ?? 'Public'
  return { ...checked, properties: { ...properties, mail, proxyAddresses: [`SMTP:${mail}`], visibility } }
}

export function checkGroup(body: Record<string, unknown>): GroupBody {
  const properties: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(body)) {
    if (name.endsWith('@odata.bind') || name.startsWith('@odata.')) continue
    properties[name] = checkProperty(name, value)
  }
  return {
    properties,
    members: references(body, 'members@odata.bind'),
    owners: references(body, 'owners@odata.bind'),
  }
}

function checkProperty(name: string, value: unknown): unknown {
  if (readOnly.has(name)) throw badRequest(`Property '${name}' is read-only and cannot be set.`)
  if (notModelledProperties.has(name)) throw notModelled(`the group property ${name}`)
  if (name === 'mailNickname') return checkNickname(value, 'Group')
  if (name === 'groupTypes') {
    if (!Array.isArray(value)) throw invalidValue('groupTypes', 'Group')
    if (value.includes('DynamicMembership')) throw notModelled('dynamic groups')
    if (value.some((one) => one !== 'Unified')) throw invalidValue('groupTypes', 'Group')
    return value
  }
  if (flags.has(name)) {
    if (typeof value !== 'boolean') throw invalidValue(name, 'Group')
    return value
  }
  const most = texts[name]
  if (most === undefined)
    throw badRequest(`Property '${name}' does not exist as a declared property or extension property.`)
  const empty = name === 'displayName' ? value === '' || value === null : false
  if (empty || (value !== null && (typeof value !== 'string' || value.length > most)))
    throw invalidValue(name, 'Group')
  if (name === 'visibility' && !['Public', 'Private', 'HiddenMembership', null].includes(value as string))
    throw invalidValue(name, 'Group')
  return value
}

function references(body: Record<string, unknown>, name: string): string[] {
  const value = body[name]
  if (value === undefined) return []
  if (!Array.isArray(value)) throw badRequest(`The value of '${name}' must be an array of URLs.`)
  if (value.length > 20)
    throw badRequest(`The number of references in '${name}' is ${value.length}; the most is 20.`)
  return value.map(readReference)
}

/** The object ID at the end of an `@odata.id`. @throws {GraphFailure} 400 `Request_BadRequest` */
export function readReference(value: unknown): string {
  const match = /\/(?:directoryObjects|users|groups|servicePrincipals)(?:\/|\(')([^/')]+)(?:'\))?$/i.exec(
    typeof value === 'string' ? value : '',
  )
  const id = match?.[1]?.replace(/^\{|\}$/g, '')
  if (!id || !isGuid(id)) throw badRequest('The URL of the reference is not one of a directory object.')
  return id
}
