// Why each permission: by flow file and line. entra.md section 8.3 says which of them a user could not grant alone.
import { basename } from 'node:path'
import { userConsentBlocked } from '../../facts/scopes.ts'
import type { Permission } from '../../facts/permissions.ts'
import { specPermissions } from '../app-spec.ts'
import { needsOf, type PermissionNeed, signInNeeds } from '../flow-needs.ts'
import { type Html, markup } from './html.ts'
import type { PackFacts, Section } from './pack.ts'

export function reasonsSection({ spec, flows }: PackFacts): Section {
  const needs = flows.length > 0 ? needsOf(flows) : signInNeeds
  const rows = specPermissions(spec).map((permission) => {
    const own =
      permission.kind === 'delegated' ? needs.filter((one) => one.permission === permission.value) : []
    return markup`<tr>
      <th scope="row"><code>${permission.value}</code></th>
      <td>${permission.adminDisplayName}<br /><span class="soft">${kindOf(permission)}</span></td>
      <td>${reasons(own)}</td>
    </tr>`
  })
  const body = markup`<div class="wide" tabindex="0" role="region" aria-label="Permissions">
      <table>
        <caption>
          Every permission it asks for, and the lines that need it
        </caption>
        <thead>
          <tr>
            <th scope="col">Permission</th>
            <th scope="col">In Microsoft’s words</th>
            <th scope="col">Needed because</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    <p class="soft">
      The registration asks for no other permission. “Administrator” means that users of a tenant with Microsoft’s
      default consent policy cannot grant it themselves, although the portal’s own column may say No.
    </p>`
  return { id: 'why', title: 'Why each permission', body }
}

function kindOf({ kind, value, adminConsentRequired }: Permission): string {
  if (kind === 'application') return 'application; administrator'
  return adminConsentRequired || userConsentBlocked.has(value)
    ? 'delegated; administrator'
    : 'delegated; user or administrator'
}

function reasons(needs: readonly PermissionNeed[]): Html {
  if (needs.length === 0)
    return markup`<strong>No line of a flow file says so.</strong> Ask whoever sent this page.`
  return markup`<ul>
    ${needs.map(({ because, file, line }) => markup`<li>${file !== undefined && markup`<code>${basename(file)}:${line ?? ''}</code> `}${because}</li>`)}
  </ul>`
}
