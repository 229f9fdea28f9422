// What an administrator sees before consenting for everybody. portal.md section 1.11.
import { html } from 'hono/html'
import { findPermission } from '../../facts/permissions.ts'
import type { ConsentNeed } from './consent-needs.ts'
import { form, page, type FormState, type Html } from './page-shell.ts'

export function adminConsentPage(
  state: FormState,
  o: {
    login: string
    client: string
    clientId: string
    organisation: string
    needs: readonly ConsentNeed[]
  },
): Html {
  return page(
    'admin-consent',
    'Permissions requested',
    html`<p>${o.login}</p>
      <h1>Permissions requested</h1>
      <p>Review for your organization</p>
      <h2>${o.client}</h2>
      <p>unverified</p>
      <details>
        <summary>App info</summary>
        <p>Application (client) ID: ${o.clientId}</p>
      </details>
      <p>This application is not published by Microsoft or your organization.</p>
      <p>This app would like to:</p>
      <ul class="permissions">
        ${o.needs.flatMap(rowsOf)}
      </ul>
      <p>
        If you accept, this app will get access to the specified resources for all users in your organization
        (${o.organisation}). No one else will be prompted to review these permissions.
      </p>
      ${form(
        state,
        'adminconsent',
        html`<button name="decision" value="cancel">Cancel</button
          ><button class="primary" name="decision" value="accept">Accept</button>`,
      )}`,
  )
}

function rowsOf({ resource, delegated, roleIds }: ConsentNeed): Html[] {
  const row = (value: string, kind: 'delegated' | 'application'): Html => {
    const known = resource.isGraph ? findPermission(value, kind) : undefined
    return html`<li data-scope="${value}" data-kind="${kind}">
      <details>
        <summary>${known?.adminDisplayName ?? value}</summary>
        <p>${resource.principal.displayName}, ${kind} permission ${value}</p>
      </details>
    </li>`
  }
  return [
    ...delegated.map((value) => row(value, 'delegated')),
    ...roleIds.map((id) => row(resource.role(id) ?? id, 'application')),
  ]
}
