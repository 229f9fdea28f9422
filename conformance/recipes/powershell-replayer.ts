// Evaluates the part of PowerShell that the recipes use, by about_Quoting_Rules, about_Hash_Tables, about_Foreach, and
// replays the Graph calls that Microsoft documents for each cmdlet of Microsoft Graph PowerShell.

type Value = string | boolean | Value[] | { [key: string]: Value }
type Row = Record<string, unknown>

interface Cmdlet {
  readonly method: string
  /** `{Name}` stands for a parameter. */
  readonly path: string
}

const cmdlets: Readonly<Record<string, Cmdlet>> = {
  'New-MgApplication': { method: 'POST', path: '/applications' },
  'Get-MgApplication': { method: 'GET', path: '/applications' },
  'Remove-MgApplication': { method: 'DELETE', path: '/applications/{ApplicationId}' },
  'New-MgServicePrincipal': { method: 'POST', path: '/servicePrincipals' },
  'Get-MgServicePrincipal': { method: 'GET', path: '/servicePrincipals' },
  'Update-MgServicePrincipal': { method: 'PATCH', path: '/servicePrincipals/{ServicePrincipalId}' },
  'Get-MgUser': { method: 'GET', path: '/users/{UserId}' },
  'Revoke-MgUserSignInSession': { method: 'POST', path: '/users/{UserId}/revokeSignInSessions' },
  'New-MgOauth2PermissionGrant': { method: 'POST', path: '/oauth2PermissionGrants' },
  'Remove-MgOauth2PermissionGrant': {
    method: 'DELETE',
    path: '/oauth2PermissionGrants/{OAuth2PermissionGrantId}',
  },
  'Get-MgServicePrincipalOauth2PermissionGrant': {
    method: 'GET',
    path: '/servicePrincipals/{ServicePrincipalId}/oauth2PermissionGrants',
  },
  'Get-MgServicePrincipalAppRoleAssignment': {
    method: 'GET',
    path: '/servicePrincipals/{ServicePrincipalId}/appRoleAssignments',
  },
  'Remove-MgServicePrincipalAppRoleAssignment': {
    method: 'DELETE',
    path: '/servicePrincipals/{ServicePrincipalId}/appRoleAssignments/{AppRoleAssignmentId}',
  },
  'New-MgServicePrincipalAppRoleAssignedTo': {
    method: 'POST',
    path: '/servicePrincipals/{ServicePrincipalId}/appRoleAssignedTo',
  },
  'Get-MgServicePrincipalAppRoleAssignedTo': {
    method: 'GET',
    path: '/servicePrincipals/{ServicePrincipalId}/appRoleAssignedTo',
  },
}

/** A single quote in PowerShell is any of these five. */
const token =
  /\s+|(?<single>['\u2018-\u201b](?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*['\u2018-\u201b])|(?<double>"[^"`$]*")|(?<variable>\$[\w.]+)|(?<comment>#.*)|(?<sign>\+=|@\{|@\(|[{}(),;=])|(?<word>[\w.,-]+)/uy

function tokensOf(line: string): string[] {
  const found: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < line.length) {
    const match = token.exec(line)
    if (!match) throw new Error(`not PowerShell that the recipes may use: ${line}`)
    if (match[0].trim() !== '' && match.groups!['comment'] === undefined) found.push(match[0])
  }
  return found
}

export async function replayPowerShell(text: string, o: { origin: string; token: string }): Promise<Row[]> {
  const variables = new Map<string, Row>()
  const lists = new Map<string, Value[]>()
  const output: Row[] = []
  const lines = text.split('\n').filter((line) => !line.startsWith('#') && line.trim() !== '')

  function valueOf(tokens: string[]): Value {
    const first = tokens.shift()!
    if (first === '@{') return hashOf(tokens)
    if (first === '@(') {
      const all: Value[] = []
      while (tokens[0] !== ')') {
        all.push(valueOf(tokens))
        if (tokens[0] === ',') tokens.shift()
      }
      tokens.shift()
      return all
    }
    if (first === '$true' || first === '$false') return first === '$true'
    if (first.startsWith('$')) {
      const list = lists.get(first.slice(1))
      if (list) return list
      const [name, member] = first.slice(1).split('.') as [string, string]
      return String(variables.get(name)![member.charAt(0).toLowerCase() + member.slice(1)])
    }
    if (first.startsWith('"')) return first.slice(1, -1)
    return /^['\u2018-\u201b]/u.test(first)
      ? first.slice(1, -1).replace(/(['\u2018-\u201b])\1/gu, '$1')
      : first
  }

  function hashOf(tokens: string[]): Value {
    const table: { [key: string]: Value } = {}
    while (tokens[0] !== '}') {
      const key = tokens.shift()!
      if (tokens.shift() !== '=') throw new Error(`no = after ${key}`)
      table[key] = valueOf(tokens)
      if (tokens[0] === ';') tokens.shift()
    }
    tokens.shift()
    return table
  }

  async function call(tokens: string[]): Promise<Row[]> {
    const name = tokens.shift()!
    if (name === 'Connect-MgGraph') return []
    const cmdlet = cmdlets[name]
    if (!cmdlet) throw new Error(`not replayed: ${name}`)
    const parameters = new Map<string, Value>()
    while (tokens.length > 0) {
      const parameter = tokens.shift()!
      if (!parameter.startsWith('-')) throw new Error(`${parameter} is no parameter of ${name}`)
      const isSwitch = tokens.length === 0 || tokens[0]!.startsWith('-')
      parameters.set(parameter.slice(1), isSwitch ? true : valueOf(tokens))
    }
    const path = cmdlet.path.replace(/\{(\w+)\}/g, (_, key: string) =>
      encodeURIComponent(String(parameters.get(key))),
    )
    const filter = parameters.get('Filter')
    const url = `${o.origin}/v1.0${path}${filter === undefined ? '' : `?$filter=${encodeURIComponent(String(filter))}`}`
    const body = parameters.get('BodyParameter')
    const reply = await fetch(url, {
      method: cmdlet.method,
      headers: { authorization: `Bearer ${o.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = await reply.text()
    if (!reply.ok) throw new Error(`${name}: ${reply.status} ${answer}`)
    if (answer === '') return []
    const json = JSON.parse(answer) as Row & { value?: Row[] }
    return Array.isArray(json.value) ? json.value : [json]
  }

  while (lines.length > 0) {
    const tokens = tokensOf(lines.shift()!)
    if (tokens[0] === 'foreach') {
      const [, , variable] = tokens
      const body = tokensOf(lines.shift()!)
      if (lines.shift() !== '}') throw new Error('a loop of more than one line')
      for (const row of await call(tokens.slice(4, -2))) {
        variables.set(variable!.slice(1), row)
        await call([...body])
      }
    } else if (tokens[1] === '+=') lists.get(tokens[0]!.slice(1))!.push(valueOf(tokens.slice(2)))
    else if (tokens[1] === '=' && tokens[2] === '@(') lists.set(tokens[0]!.slice(1), [])
    else if (tokens[1] === '=') {
      const [row] = await call(tokens.slice(2))
      if (!row) throw new Error(`nothing for ${tokens[0]}`)
      variables.set(tokens[0]!.slice(1), row)
    } else if (tokens[0]!.startsWith('$')) valueOf(tokens)
    else output.push(...(await call(tokens)))
  }
  return output
}
