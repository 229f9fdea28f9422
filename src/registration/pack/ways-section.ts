// Four ways to approve; how to check; how to revoke. The commands are those of `app show --format`, which are run by tests.
import { clouds } from '../../facts/clouds.ts'
import { adminConsentUrl } from '../consent.ts'
import { redirectUrisOf } from '../app-spec.ts'
import { quoteForSh } from '../recipes/quote.ts'
import { recipeOf, type RecipeFormat, type RecipeStep, type RecipeStepId } from '../recipes/recipe.ts'
import { type Html, markup, name } from './html.ts'
import type { PackFacts, Section } from './pack.ts'

const making: readonly RecipeStepId[] = ['sign-in', 'register', 'consent', 'assign']
const titles = {
  portal: 'In the Entra admin center',
  pwsh: 'With Microsoft Graph PowerShell',
  az: 'With Azure CLI',
} as const
type Way = keyof typeof titles

export function waysSection(facts: PackFacts): Section {
  const { forUsers } = facts
  const whom = forUsers.length === 0 ? 'the whole organisation' : forUsers.join(', ')
  const body = markup`<p>
      Take one. You need the role Application Administrator or Cloud Application
      Administrator${
        (facts.spec.applicationPermissions ?? []).length > 0 &&
        '; for application permissions, Privileged Role Administrator'
      }.
      Consent is given for
      <strong>${name(whom)}</strong
      >${forUsers.length > 0 && ' alone, except in the admin center, which knows only the whole organisation'}.
    </p>
    ${way(facts, 'pwsh', 1)}${way(facts, 'az', 2)}
    <h3>3. With Letterlock</h3>
    ${block('Letterlock', letterlock(facts).join('\n'))} ${way(facts, 'portal', 4)}${link(facts)}
    <p class="soft">Then send back the application (client) ID and the tenant ID. Neither is a secret.</p>`
  return { id: 'ways', title: 'Four ways to approve', body }
}

export function checkSection(facts: PackFacts): Section {
  const { spec, forUsers } = facts
  const body = markup`<p>Afterwards, exactly this must stand in the directory:</p>
    <ul>
      <li>
        ${forUsers.length > 0 ? markup`consent for ${name(forUsers.join(', '))} (by the admin center: for the organisation)` : 'consent for the organisation'}:
        <code>${spec.permissions.join(' ')}</code>
      </li>
      <li>
        assignment required: ${spec.assignmentRequired ? 'yes' : 'no'}; assigned:
        ${spec.assigned.length > 0 ? name(spec.assigned.join(', ')) : 'nobody'}
      </li>
      <li>
        ${spec.client === 'public' ? 'no secret and no certificate' : 'one certificate or secret, with an end'}
      </li>
    </ul>
    ${after(facts, ['check'])}
    <p>
      Or let Letterlock compare, which needs <code>Application.Read.All</code> to read and names every
      difference:
    </p>
    ${block('Check with Letterlock', `letterlock app check --tenant ${quoteForSh(facts.tenant)}`)}`
  return { id: 'check', title: 'How to check', body }
}

export function revokeSection(facts: PackFacts): Section {
  const body = markup`<p>
      At any time, without asking anybody. A token that was given out before still works until it ends, about
      an hour; ending the sign-ins stops new ones at once.
    </p>
    ${after(facts, ['revoke', 'stop', 'remove'])}`
  return { id: 'revoke', title: 'How to revoke', body }
}

function stepsOf(facts: PackFacts, format: RecipeFormat): readonly RecipeStep[] {
  const { spec, cloud, tenant, clientId, forUsers } = facts
  return recipeOf(format, { spec, cloud, tenant, clientId, forUsers })
}

function way(facts: PackFacts, format: Way, number: number): Html {
  const steps = stepsOf(facts, format).filter((one) => making.includes(one.id))
  return markup`<h3>${number}. ${titles[format]}</h3>
    ${steps.map((one) => step(format, one))}`
}

function after(facts: PackFacts, ids: readonly RecipeStepId[]): Html {
  const formats: readonly Way[] = ['portal', 'pwsh', 'az']
  return markup`${formats.map((format) => {
    const steps = stepsOf(facts, format).filter((one) => ids.includes(one.id))
    return markup`<h3>${titles[format]}</h3>
      ${steps.map((one) => step(format, one))}`
  })}`
}

function step(format: Way, { title, lines }: RecipeStep): Html {
  if (format === 'portal')
    return markup`<h4>${title}</h4>
      <ol>
        ${lines.map((line) => markup`<li>${line}</li>`)}
      </ol>`
  return markup`<h4>${title}</h4>
    ${block(`${titles[format]}: ${title}`, lines.join('\n'))}`
}

function block(label: string, text: string): Html {
  return markup`<pre tabindex="0" role="region" aria-label="${label}">${text}</pre>`
}

function letterlock({ tenant, clientId, forUsers, cloud }: PackFacts): string[] {
  const where = `--tenant ${quoteForSh(tenant)}${cloud.name in clouds && cloud.name !== 'global' ? ` --cloud ${cloud.name}` : ''}`
  const users = forUsers.map((user) => `letterlock app consent ${where} --for-user ${quoteForSh(user)}`)
  return [
    '# save the file at the end of this page as letterlock.app.yaml',
    ...(clientId === undefined ? [`letterlock app plan ${where}`] : []),
    `letterlock app apply ${where}`,
    ...(users.length > 0 ? users : [`letterlock app consent ${where}`]),
  ]
}

/** The admin-consent page: the whole organisation, one click; only once it is registered. */
function link({ cloud, tenant, clientId, spec }: PackFacts): Html | undefined {
  const uris = redirectUrisOf(spec)
  const redirectUri = [...uris.publicClient, ...uris.web][0]
  if (clientId === undefined || redirectUri === undefined) return undefined
  const url = adminConsentUrl({ cloud, tenant, appId: clientId, redirectUri })
  return markup`<p>
    Or consent for the whole organisation on Microsoft’s own page: <a href="${url}">admin consent</a>. It ends
    on an address of your own machine, which may say that nothing answers: the consent is given all the same.
  </p>`
}
