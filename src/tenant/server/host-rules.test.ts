// What each of Microsoft's host names serves. design section 3; entra.md sections 1.1 and 9.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPathServed } from './host-rules.ts'

const served = (url: string): boolean => isPathServed(new URL(`https://${url}`))

test('Azure Resource Manager’s two paths are served under its own name alone', () => {
  assert.ok(served('management.azure.com/tenants'))
  assert.ok(served('management.azure.com/subscriptions'))
  assert.ok(!served('management.azure.com/subscriptions/x/resourceGroups'))
  assert.ok(!served('management.azure.com/common/oauth2/v2.0/authorize'))
  for (const host of [
    'login.microsoftonline.com',
    'graph.microsoft.com',
    'portal.azure.com',
    'outlook.office365.com',
  ])
    assert.ok(!served(`${host}/tenants`), host)
})

test('Exchange’s names serve its admin API and upload sessions, not Graph and not sign-in', () => {
  assert.ok(served('outlook.office365.com/adminapi/beta/x/InvokeCommand'))
  assert.ok(served("outlook.office.com/api/v1.0/Users('x')/Messages('y')/AttachmentSessions('z')"))
  for (const path of ['/', '/v1.0/me', '/common/oauth2/v2.0/authorize', '/_letterlock/status'])
    assert.ok(!served(`outlook.office365.com${path}`), path)
})
