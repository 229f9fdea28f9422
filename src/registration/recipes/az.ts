// Azure CLI. `az rest` for consent: `az ad app permission grant` deletes the consents of all other users first, and
// `admin-consent` works in the global cloud alone.
import { jsonForSh, quoteForSh } from './quote.ts'
import { registrationBody, type RecipeFacts, type RecipeStep } from './recipe.ts'
import { shAfterwards, shAssign, shConsent, shPrincipal, type ShTool } from './sh-calls.ts'

const cloudNames: Readonly<Record<string, string>> = {
  'gcc-high': 'AzureUSGovernment',
  dod: 'AzureUSGovernment',
  china: 'AzureChinaCloud',
}

const tool: ShTool = {
  send: (method, url, body) =>
    `az rest --method ${method} --url ${url}${body === undefined ? '' : ` --body ${body}`}`,
  read: (url, member) => `az rest --method GET --url ${url} --query ${member} --output tsv`,
  ids: (url) => `az rest --method GET --url ${url} --query 'value[].id' --output tsv`,
}

export function azRecipe(facts: RecipeFacts): RecipeStep[] {
  const cloud = cloudNames[facts.cloudName]
  return [
    {
      id: 'sign-in',
      title: 'Sign in as an Application Administrator (a POSIX shell, or Cloud Shell)',
      lines: [
        ...(cloud === undefined ? [] : [`az cloud set --name ${cloud}`]),
        `az login --tenant ${quoteForSh(facts.tenant)} --allow-no-subscriptions`,
      ],
    },
    { id: 'register', title: 'Register it', lines: [...register(facts), ...shPrincipal(tool, facts)] },
    { id: 'consent', title: consentTitle(facts), lines: shConsent(tool, facts) },
    { id: 'assign', title: 'Say who may use it', lines: shAssign(tool, facts) },
    ...shAfterwards(tool, facts),
  ]
}

export function consentTitle({ forUsers }: RecipeFacts): string {
  return forUsers.length === 0 ? 'Consent for the organisation' : `Consent for ${forUsers.join(', ')} alone`
}

/** Azure CLI takes `-x` for an option, and reads a file for `@x` and for what follows `=@`: then a body carries it. */
export function isReadOtherwise(value: string): boolean {
  return /^[-@]|=@/.test(value)
}

/** `az ad app create` where its options say it all; it cannot place URIs on the platform for browsers. */
function register(facts: RecipeFacts): string[] {
  const { spec, redirectUris, resourceAccess, graph, clientId } = facts
  if (clientId !== undefined) return [`APP=${quoteForSh(clientId)}`]
  const words = [spec.name, ...Object.values(redirectUris).flat()]
  if (redirectUris.spa.length > 0 || words.some(isReadOtherwise)) {
    const create = `az rest --method POST --url "${graph}/v1.0/applications" --body ${jsonForSh(registrationBody(facts))}`
    return [`APP=$(${create} --query appId --output tsv)`]
  }
  const uris = (option: string, all: readonly string[]): string[] =>
    all.length === 0 ? [] : [`${option} ${all.map(quoteForSh).join(' ')}`]
  const { requiredResourceAccess } = registrationBody(facts) as { requiredResourceAccess: object[] }
  return [
    [
      `APP=$(az ad app create --display-name ${quoteForSh(spec.name)}`,
      `--sign-in-audience ${spec.audience}`,
      `--is-fallback-public-client ${spec.client === 'public'}`,
      ...uris('--public-client-redirect-uris', redirectUris.publicClient),
      ...uris('--web-redirect-uris', redirectUris.web),
      ...(resourceAccess.length === 0
        ? []
        : [`--required-resource-accesses ${quoteForSh(JSON.stringify(requiredResourceAccess))}`]),
      '--query appId --output tsv)',
    ].join(' \\\n  '),
  ]
}
