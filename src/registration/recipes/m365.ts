// CLI for Microsoft 365, long options only: its short ones changed between versions. It reads a file for `@x`, as az does.
import { jsonForSh, quoteForSh } from './quote.ts'
import { consentTitle, isReadOtherwise } from './az.ts'
import { type RecipeFacts, registrationBody, type RecipeStep } from './recipe.ts'
import { shAfterwards, shAssign, shConsent, shPrincipal, type ShTool } from './sh-calls.ts'

const cloudNames: Readonly<Record<string, string>> = {
  'gcc-high': 'USGovHigh',
  dod: 'USGovDoD',
  china: 'China',
}

const tool: ShTool = {
  send: (method, url, body) => request(method, url, body),
  read: (url, member) => `${request('GET', url)} --query ${member} --output text`,
  ids: (url) => `${request('GET', url)} --query 'value[].id' --output text`,
}

function request(method: string, url: string, body?: string): string {
  const sent = body === undefined ? '' : ` --content-type 'application/json' --body ${body}`
  return `m365 request --method ${method.toLowerCase()} --url ${url}${sent}`
}

export function m365Recipe(facts: RecipeFacts): RecipeStep[] {
  const cloud = cloudNames[facts.cloudName]
  const login = `m365 login --authType deviceCode --tenant ${quoteForSh(facts.tenant)}`
  return [
    {
      id: 'sign-in',
      title: 'Sign in as an Application Administrator (a POSIX shell; first once: m365 setup)',
      lines: [cloud === undefined ? login : `${login} --cloud ${cloud}`],
    },
    { id: 'register', title: 'Register it', lines: [...register(facts), ...shPrincipal(tool, facts)] },
    { id: 'consent', title: consentTitle(facts), lines: shConsent(tool, facts) },
    { id: 'assign', title: 'Say who may use it', lines: shAssign(tool, facts) },
    ...shAfterwards(tool, facts),
  ]
}

/** `entra app add` for what it can say: one platform, this organisation or any, no commas inside a redirect URI. */
function register(facts: RecipeFacts): string[] {
  const { spec, redirectUris, clientId, graph, scopes, roles } = facts
  if (clientId !== undefined) return [`APP=${quoteForSh(clientId)}`]
  const platforms = (['publicClient', 'web', 'spa'] as const).filter((one) => redirectUris[one].length > 0)
  const [platform] = platforms
  const words = [spec.name, ...Object.values(redirectUris).flat()]
  const fits =
    !words.some(isReadOtherwise) &&
    !words.some((one) => one !== spec.name && one.includes(',')) &&
    platforms.length <= 1 &&
    !spec.audience.includes('Personal')
  if (!fits) {
    const create = request('POST', `"${graph}/v1.0/applications"`, jsonForSh(registrationBody(facts)))
    return [`APP=$(${create} --query appId --output text)`]
  }
  const apis = (names: readonly string[]): string =>
    quoteForSh(names.map((one) => `${graph}/${one}`).join(','))
  return [
    [
      `APP=$(m365 entra app add --name ${quoteForSh(spec.name)}`,
      ...(spec.audience === 'AzureADMultipleOrgs' ? ['--multitenant'] : []),
      ...(platform === undefined
        ? []
        : [`--platform ${platform} --redirectUris ${quoteForSh(redirectUris[platform].join(','))}`]),
      ...(spec.client === 'public' ? ['--allowPublicClientFlows'] : []),
      ...(scopes.length === 0 ? [] : [`--apisDelegated ${apis(scopes)}`]),
      ...(roles.length === 0 ? [] : [`--apisApplication ${apis(roles.map((one) => one.value))}`]),
      '--query appId --output text)',
    ].join(' \\\n  '),
  ]
}
