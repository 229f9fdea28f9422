// The consent pack: one HTML page for the administrator who must approve, with all that this decision needs.
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { stringify } from 'yaml'
import type { Cloud } from '../../facts/clouds.ts'
import type { AppSpec } from '../app-spec.ts'
import { parseAppSpec } from '../app-spec.ts'
import type { FlowNeeds } from '../flow-needs.ts'
import { dataSection } from './data-section.ts'
import { abilitiesOf } from './abilities.ts'
import { Html, markup, name } from './html.ts'
import { reasonsSection } from './reasons-section.ts'
import { packStyle } from './style.ts'
import { checkSection, revokeSection, waysSection } from './ways-section.ts'

export interface PackRequest {
  readonly spec: AppSpec
  /** What it is for; each permission is explained by their lines. */
  readonly flows: readonly FlowNeeds[]
  readonly cloud: Cloud
  readonly tenant: string
  /** Absent while nothing is registered: then the ways begin with registering. */
  readonly clientId?: string | undefined
  readonly preparedMs: number
}

export interface PackFacts extends PackRequest {
  /** The accounts it acts as, for people. */
  readonly who: string
  /** The users that consent is asked for, one by one; none: for the organisation. */
  readonly forUsers: readonly string[]
  readonly appFile: string
}

/** The policy names the style by its hash, so nothing may come between its tags, not even a line break. */
const styleElement = new Html(`<style>${packStyle}</style>`)

/**
 * Writes the page as one self-contained HTML text: no script, no request, nothing loaded. Does no I/O.
 *
 * @throws {RegistrationError} `registration/app-file-invalid`, `registration/permission-unknown`,
 *   `registration/app-unknown`
 */
export function consentPack(request: PackRequest): string {
  const facts = factsOf(request)
  const sections = [
    canSection(facts),
    reasonsSection(facts),
    dataSection(facts),
    waysSection(facts),
    checkSection(facts),
    revokeSection(facts),
    fileSection(facts),
  ]
  const hash = createHash('sha256').update(packStyle).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>Approve ${facts.spec.name}</title>
        ${styleElement}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the decision</a>
        <header>
          <h1>Approve “${name(facts.spec.name)}”?</h1>
          ${lead(facts)} ${identity(facts)}
          <nav aria-label="On this page">
            <ol>
              ${sections.map((one) => markup`<li><a href="#${one.id}">${one.title}</a></li>`)}
            </ol>
          </nav>
        </header>
        <main id="main">
          ${sections.map(
            (one) =>
              markup`<section aria-labelledby="${one.id}">
                <h2 id="${one.id}">${one.title}</h2>
                ${one.body}
              </section> `,
          )}
        </main>
        <footer>
          <p class="soft">
            Made by Letterlock from the app file${facts.flows.length > 0 ? ' and the flow files' : ''} named
            above. This page loads nothing and sends nothing.
          </p>
        </footer>
      </body>
    </html> `.text
}

export interface Section {
  readonly id: string
  readonly title: string
  readonly body: Html
}

function factsOf(request: PackRequest): PackFacts {
  const spec = parseAppSpec(request.spec)
  const { flows: _flows, ...bare } = spec
  const who = spec.assigned.length > 0 ? spec.assigned.join(' and ') : 'whoever signs in to it'
  const registered = request.clientId === undefined ? {} : { clientId: request.clientId }
  const appFile = stringify({ ...bare, ...registered }, { lineWidth: 0 })
  return { ...request, spec, who, forUsers: spec.assigned, appFile }
}

function lead({ spec, who, clientId }: PackFacts): Html {
  const application = (spec.applicationPermissions ?? []).length
  return markup`<p class="lead">
      A program asks to work in Microsoft 365 as ${name(who)}.
      ${
        clientId === undefined
          ? 'It is not registered yet.'
          : 'It is registered already, and waits for consent.'
      }
      This page says what you would allow, why, and how to take it back.
    </p>
    ${application > 0 && markup`<p class="warn"><strong>It also asks for ${application} application permission${application > 1 && 's'}:</strong> access to the whole organisation, without a user. What concerns mail can be fenced to some mailboxes in Exchange Online: <code>letterlock app limit</code>, or RBAC for Applications. Do that before you consent.</p>`}`
}

function identity({ spec, tenant, clientId, preparedMs, flows, cloud }: PackFacts): Html {
  const rows: [string, Html | string][] = [
    ['Tenant', markup`<code>${tenant}</code>${cloud.name === 'global' ? '' : ` (${cloud.name})`}`],
    ['Client ID', clientId === undefined ? 'none yet' : markup`<code>${clientId}</code>`],
    [
      'Accounts',
      spec.assigned.length === 0 ? 'not named' : markup`${spec.assigned.map((one) => markup`${name(one)} `)}`,
    ],
    [
      'Kind',
      spec.client === 'public' ? 'public client: no secret' : 'confidential client: a certificate or secret',
    ],
    [
      'For',
      flows.length === 0 ? 'no flow file was named' : flows.map((one) => basename(one.file)).join(', '),
    ],
    ['Prepared', new Date(preparedMs).toISOString().slice(0, 10)],
  ]
  return markup`<dl>
    ${rows.map(
      ([term, value]) =>
        markup`<dt>${term}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`
}

function canSection({ spec, who }: PackFacts): Section {
  const { can, cannot } = abilitiesOf(spec, who)
  const list = (all: readonly string[]): Html =>
    markup`<ul>
      ${all.map((one) => markup`<li>${one}</li>`)}
    </ul>`
  const body = markup`<h3>It can</h3>
    ${list(can)}
    <h3>It cannot</h3>
    ${list(cannot)}
    <p>
      These are delegated permissions where nothing else is said: the program never gets more than the account
      itself may do. No policy of Exchange narrows them further; what does is who is assigned, consent for
      that one account, and Conditional Access.
    </p>`
  return { id: 'can', title: 'What it can and cannot do', body }
}

function fileSection({ appFile }: PackFacts): Section {
  const body = markup`<p>
      The registration as <code>letterlock.app.yaml</code>; all ways above make exactly this.
    </p>
    <pre tabindex="0" role="region" aria-label="letterlock.app.yaml">${appFile}</pre>`
  return { id: 'file', title: 'The registration, word for word', body }
}
