// One malformed request to one of the tenant's own routes.
import type { ServedRoute } from '../../src/tenant/index.ts'
import type { FuzzLab, UnderWay } from './lab.ts'
import { type Dice, jsonText, jwtText, odataText, scraps } from './scraps.ts'

export interface Target {
  readonly route: ServedRoute
  readonly group: 'identity' | 'directory' | 'mail' | 'exchange' | 'control' | 'pages'
}

/** Which part answers a route. A new route joins by itself. */
export function targetOf(route: ServedRoute): Target {
  const { path } = route
  const group = path.startsWith('/_letterlock/')
    ? 'control'
    : path.startsWith('/adminapi/')
      ? 'exchange'
      : path.startsWith('/:tenant/') || path.startsWith('/common/') || path.startsWith('/devicelogin')
        ? 'identity'
        : /^\/(error|favicon\.ico)?$/.test(path)
          ? 'pages'
          : /\/(messages|mailfolders|sendmail|attachments|\$batch)\b/.test(path)
            ? 'mail'
            : 'directory'
  return { route, group }
}

/** What would change what an answer means, or end the tenant: sent, but never with a token that is good. */
const withoutToken =
  /faults|clock|shutdown|seed|import|reset|keys|settings|\/users|revoke|changePassword|conditionalAccess/i
/** Answers without an end. */
export const isStream = ({ route }: Target): boolean => route.path.endsWith('/live')

export interface Malformed {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const contentTypes = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'x',
]

interface Parts {
  readonly dice: Dice
  readonly lab: FuzzLab
  readonly underWay: UnderWay
}

export function malform({ route, group }: Target, parts: Parts): Malformed {
  const { dice, lab } = parts
  const isGraph = group === 'directory' || group === 'mail'
  const version =
    isGraph && !route.path.startsWith('/oidc') && !route.path.startsWith('/api/')
      ? dice.pick(['/v1.0', '/v1.0', '/beta'])
      : ''
  const filled = route.path.replaceAll(/:(\w+)(\{[^}]*\})?\??/g, (_, name: string) => segment(name, parts))
  const query = queryOf(isGraph, route.path, parts)
  const hasBody = !['GET', 'HEAD'].includes(route.method)
  const headers: Record<string, string> = {}
  const authorization = authorizationOf({ route, group }, parts)
  if (authorization !== undefined) headers['authorization'] = authorization
  if (dice.chance(0.8)) headers['cookie'] = cookieOf(parts)
  if (dice.chance(0.2))
    headers['prefer'] = dice.pick(['IdType="ImmutableId"', 'outlook.body-content-type="x"', ';;;'])
  if (dice.chance(0.2)) headers['consistencylevel'] = dice.pick(['eventual', 'x'])
  if (dice.chance(0.2))
    headers['origin'] = dice.pick(['null', 'https://evil.example', lab.tenant.origin, '::'])
  if (dice.chance(0.2)) headers['if-match'] = dice.pick(['*', '"x"', 'W/"CQAAAA=="'])
  const wantsForm = group === 'identity' || group === 'pages'
  const right = wantsForm ? 'application/x-www-form-urlencoded' : 'application/json'
  if (hasBody) headers['content-type'] = dice.chance(0.8) ? right : dice.pick(contentTypes)
  return {
    method: route.method,
    path: `${version}${filled}${query}`,
    headers,
    ...(hasBody
      ? { body: wantsForm && dice.chance(0.9) ? formText(route.path, parts) : jsonText(dice) }
      : {}),
  }
}

function segment(name: string, { dice, lab, underWay }: Parts): string {
  if (name === 'tenant' && dice.chance(0.6))
    return dice.pick(['common', 'organizations', lab.tenant.tenantId, 'contoso.example'])
  const known = [
    lab.tenant.tenantId,
    lab.clientId,
    'ada@contoso.example',
    underWay.userCode,
    `appId:${lab.clientId}`,
    'Inbox',
    dice.pick(lab.foreign),
    dice.pick(lab.foreign),
  ]
  const text = dice.chance(0.4) ? dice.pick(known) : dice.pick(scraps)
  // A percent sign of its own is malformed too; everything else has to get past the client's own reading of the address.
  return dice.chance(0.1) ? '%ZZ' : encodeURIComponent(text) || 'x'
}

const odataNames = [
  '$filter',
  '$search',
  '$orderby',
  '$select',
  '$expand',
  '$top',
  '$skip',
  '$count',
  '$skiptoken',
  '$deltatoken',
  '$format',
]
const oauthNames = [
  'client_id', 'response_type', 'redirect_uri', 'scope', 'state', 'nonce', 'prompt', 'response_mode', 'login_hint', 'domain_hint', 'claims', 'code_challenge',
  'code_challenge_method', 'resource', 'id_token_hint', 'post_logout_redirect_uri', 'api-version', 'authorization_endpoint', 'code', 'client_info', 'max_age',
] // prettier-ignore

const authorizeNames = ['client_id', 'response_type', 'redirect_uri', 'scope', 'prompt', 'response_mode']
const tokenNames = [
  ['client_id', 'grant_type', 'refresh_token'],
  ['client_id', 'grant_type', 'device_code'],
  ['client_id', 'grant_type', 'code', 'redirect_uri', 'code_verifier'],
  ['client_id', 'grant_type', 'scope', 'client_assertion', 'client_assertion_type'],
  ['client_id', 'grant_type', 'scope', 'assertion', 'requested_token_use'],
]

const formSteps = ['step', 'login', 'passwd', 'decision', 'otc', 'stay', 'answer', 'account']

/** All that a request needs, and mostly one value of it wrong: that gets furthest. */
function nearlyRight(names: readonly string[], parts: Parts): URLSearchParams {
  const wrong = parts.dice.chance(0.8) ? parts.dice.pick(names) : undefined
  return new URLSearchParams(names.map((name) => [name, oauthValue(name, parts, name === wrong ? 1 : 0)]))
}

function queryOf(isGraph: boolean, path: string, parts: Parts): string {
  const { dice } = parts
  const nearly = !isGraph && path.includes('authorize') && dice.chance(0.5)
  const query = nearly ? nearlyRight(authorizeNames, parts) : new URLSearchParams()
  for (let n = Math.floor(dice.next() * (nearly ? 2 : 5)); n > 0; n--)
    if (isGraph) query.append(dice.pick(odataNames), odataText(dice))
    else {
      const name = dice.pick(oauthNames)
      query.append(name, oauthValue(name, parts))
    }
  return query.size === 0 ? '' : `?${query}`
}

const formNames = [
  ...oauthNames, 'grant_type', 'code_verifier', 'refresh_token', 'client_secret', 'client_assertion', 'client_assertion_type', 'assertion', 'requested_token_use',
  'device_code', 'username', 'password', 'otc', 'flow', 'csrf', 'step', 'login', 'passwd', 'decision', 'answer', 'account', 'stay', 'register', 'oldpasswd', 'newpasswd',
] // prettier-ignore

function formText(path: string, parts: Parts): string {
  const { dice, underWay } = parts
  const nearly = dice.chance(0.5)
  const isToken = path.endsWith('/token')
  const form =
    nearly && isToken
      ? nearlyRight(dice.pick(tokenNames), parts)
      : nearlyRight(nearly ? formSteps : [], parts)
  if (nearly && !isToken) for (const [name, value] of Object.entries(underWay.form)) form.set(name, value)
  for (let n = Math.floor(dice.next() * (nearly ? 2 : 9)); n > 0; n--) {
    const name = dice.pick(formNames)
    form.append(name, oauthValue(name, parts))
  }
  const text = String(form)
  return dice.chance(0.1) ? text.replaceAll('%', '%%') : text
}

/** Values that are right for a name: with one scrap among them a request gets far. */
function oauthValue(name: string, { dice, lab, underWay }: Parts, wrong = 0.35): string {
  if (dice.chance(wrong)) return dice.pick(scraps)
  const jwt = jwtText(dice, {
    iss: lab.clientId,
    sub: lab.clientId,
    oid: lab.tenant.tenantId,
    tid: lab.tenant.tenantId,
  })
  const right: Readonly<Record<string, readonly string[]>> = {
    client_id: [lab.clientId],
    response_type: ['code', 'id_token', 'code id_token token'],
    redirect_uri: ['http://localhost', 'http://localhost:1/x'],
    scope: ['openid', 'openid offline_access User.Read', 'https://graph.microsoft.com/.default', 'api://x/y'],
    prompt: ['none', 'login', 'consent', 'select_account', 'none login'],
    response_mode: ['query', 'fragment', 'form_post'],
    claims: ['{"access_token":{"xms_cc":{"values":["CP1"]}}}', '{"access_token":null}', '[]'],
    code_challenge_method: ['S256', 'plain'],
    grant_type: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'password',
    ],
    refresh_token: [lab.refreshToken, lab.refreshToken.slice(1)],
    client_assertion: [jwt],
    client_assertion_type: ['urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    assertion: [jwt, lab.accessToken],
    id_token_hint: [jwt],
    requested_token_use: ['on_behalf_of'],
    device_code: [underWay.deviceCode],
    code: [underWay.deviceCode],
    otc: [underWay.userCode, underWay.userCode.toLowerCase()],
    step: [
      'login',
      'back',
      'password',
      'change-password',
      'pick',
      'stay',
      'mfa',
      'mfa-code',
      'consent',
      'adminconsent',
    ],
    login: ['ada@contoso.example'],
    username: ['ada@contoso.example'],
  }
  return dice.pick(right[name] ?? scraps)
}

function authorizationOf({ route, group }: Target, { dice, lab }: Parts): string | undefined {
  if (group === 'identity' && dice.chance(0.7)) return undefined
  const isHarmless = !withoutToken.test(route.path)
  if (isHarmless && dice.chance(0.6))
    return `Bearer ${group === 'control' ? lab.tenant.controlToken : lab.accessToken}`
  return dice.pick([
    undefined,
    'Bearer x',
    'Bearer',
    'Basic Og==',
    `Basic ${Buffer.from(`${lab.clientId}:%ZZ`).toString('base64')}`,
    `Bearer ${'e'.repeat(3_000)}`,
    `Bearer ${jwtText(dice, { tid: lab.tenant.tenantId, scp: 'User.Read', oid: 'x', appid: 7 })}`,
    `Bearer ${lab.accessToken.slice(0, -3)}AAA`,
  ])
}

function cookieOf({ dice, underWay }: Parts): string {
  if (dice.chance(0.75)) return underWay.cookie
  const name = dice.pick(['ESTSAUTH', 'ESTSAUTHPERSISTENT', 'llbrowser', 'lldevice', '__proto__', ''])
  return `${name}=${dice.pick(['', '%', '%ZZ', 'x'.repeat(2_000), '"', 'a,b', ';;=;', '%00'])}`
}
