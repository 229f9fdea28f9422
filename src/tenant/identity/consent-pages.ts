// The consent page, and the pages of those who may not consent. portal.md section 1.11.
import { html } from 'hono/html'
import { userDescriptions } from '../../facts/permission-descriptions.ts'
import type { FailureIds } from './failure.ts'
import {
  alert,
  details,
  form,
  hiddenInputs,
  page,
  type FormState,
  type Html,
  type Problem,
  type WayBack,
} from './page-shell.ts'

export interface ConsentRow {
  readonly title: string
  readonly value: string
}

export function consentPage(
  state: FormState,
  o: {
    login: string
    client: string
    clientId: string
    rows: readonly ConsentRow[]
    mayConsentForAll: boolean
  },
): Html {
  return page(
    'consent',
    'Permissions requested',
    html`<p>${o.login}</p>
      <h1>Permissions requested</h1>
      <h2>${o.client}</h2>
      <p>unverified</p>
      <details>
        <summary>App info</summary>
        <p>Application (client) ID: ${o.clientId}</p>
      </details>
      <p>This application is not published by Microsoft.</p>
      <p>This app would like to:</p>
      <ul class="permissions">
        ${o.rows.map(
          (row) =>
            html`<li data-scope="${row.value}">
              <details>
                <summary>${row.title}</summary>
                ${userDescriptions.has(row.value) ? html`<p>${userDescriptions.get(row.value)}</p>` : ''}
                <p>${row.value.includes('/') ? '' : 'Microsoft Graph, '}delegated permission ${row.value}</p>
              </details>
            </li>`,
        )}
      </ul>
      ${form(
        state,
        'consent',
        html` ${o.mayConsentForAll ? html`<label><input type="checkbox" name="onBehalf" value="1" /> Consent on behalf of your organization</label>` : ''}
          <p>
            Accepting these permissions means that you allow this app to use your data as specified in their
            terms of service and privacy statement. You can change these permissions at
            https://myapps.microsoft.com.
          </p>
          <button name="decision" value="cancel">Cancel</button
          ><button class="primary" name="decision" value="accept">Accept</button>`,
      )}`,
  )
}

export interface ApprovalPage {
  readonly login: string
  readonly client: string
  readonly message: string
  readonly ids: FailureIds
  readonly back: WayBack
  /** The same request again, for another account. */
  readonly otherAccount: string
}

/** AADSTS90094: only an administrator can go on. */
export function needAdminPage(o: ApprovalPage): Html {
  return page(
    'need-admin-approval',
    'Need admin approval',
    html`<p>${o.login}</p>
      <h1>Need admin approval</h1>
      <h2>${o.client}</h2>
      <p>unverified</p>
      <p>
        ${o.client} needs permission to access resources in your organization that only an admin can grant.
        Please ask an admin to grant permission to this app before you can use it.
      </p>
      <p>AADSTS90094: ${o.message}</p>
      <p><a href="${o.otherAccount}">Have an admin account? Sign in with that account</a></p>
      ${details(o.ids)}${wayBack(o.back)}`,
    { code: 90094 },
  )
}

/** AADSTS90095: the organisation takes requests for approval. */
export function approvalRequiredPage(
  state: FormState,
  o: ApprovalPage & { rows: readonly ConsentRow[]; problem?: Problem },
): Html {
  return page(
    'approval-required',
    'Approval required',
    html`<p>${o.login}</p>
      <h1>Approval required</h1>
      <h2>${o.client}</h2>
      <p>unverified</p>
      <p>This app requires your admin's approval to:</p>
      <ul>
        ${o.rows.map((row) => html`<li data-scope="${row.value}">${row.title}</li>`)}
      </ul>
      ${alert(o.problem)}${form(
        state,
        'request-approval',
        html`<label
            >Enter justification for requesting this app
            <textarea name="reason" rows="3" maxlength="1000"></textarea></label
          ><button name="request" value="cancel">Cancel</button
          ><button class="primary" name="request" value="send">Request approval</button>`,
      )}
      <p><a href="${o.otherAccount}">Have an admin account? Sign in with that account</a></p>
      <p>AADSTS90095: ${o.message}</p>
      ${details(o.ids)}`,
    { code: 90095 },
  )
}

export function approvalSentPage(o: { client: string; back: WayBack }): Html {
  return page(
    'approval-sent',
    'Request sent',
    html`<h1>Request sent</h1>
      <p>Your admin will see your request for ${o.client}. You can sign in to it once it is approved.</p>
      ${wayBack(o.back)}`,
  )
}

const returnText = 'Return to the application without granting consent'
function wayBack(back: WayBack): Html {
  if (!back.post) return html`<p><a href="${back.url}" data-action="return">${returnText}</a></p>`
  return html`<form method="post" action="${back.url}">
    ${hiddenInputs(back.post)}<button data-action="return">${returnText}</button>
  </form>`
}
