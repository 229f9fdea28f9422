// Filters of management scopes. Source: "Filterable properties for the RecipientFilter parameter" and New-ManagementScope.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CmdletFailure } from './failures.ts'
import { readRecipientFilter } from './recipient-filter.ts'
import type { Recipient } from './recipients.ts'

const recipient: Recipient = {
  id: '1',
  type: 'UserMailbox',
  name: 'ada',
  displayName: "Ada O'Hara",
  alias: 'ada',
  primarySmtpAddress: 'ada@contoso.example',
  distinguishedName: 'CN=ada',
  sid: 'S-1',
  attributes: new Map([
    ['department', 'Sales'],
    ['customattribute7', 'vip-1'],
  ]),
}
const ask = (text: string): boolean =>
  readRecipientFilter(text)({ recipient, isMemberOf: (name) => name === 'CN=Staff,OU=x' })

test('the documented forms are answered', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["MemberOfGroup -eq 'CN=Staff,OU=x'", true],
    ["MemberOfGroup -eq 'CN=Other'", false],
    ["MemberOfGroup -ne 'CN=Other'", true],
    ["Department -eq 'sales'", true],
    ['Department -eq "Finance"', false],
    ["CustomAttribute7 -like 'VIP*'", true],
    ['CustomAttribute1 -eq $null', true],
    ['CustomAttribute7 -ne $null', true],
    ["PrimarySmtpAddress -eq 'ada@contoso.example'", true],
    ["(Alias -eq 'bob') -or (Alias -eq 'ada')", true],
    ["Alias -eq 'ada' -and -not (Department -eq 'Sales')", false],
    ["-not Department -eq 'Sales' -or Alias -eq 'ada'", true],
    ["DisplayName -eq 'Ada O''Hara'", true],
    ["Alias -like '*d*'", true],
    ["Alias -like 'a*b*a'", false],
    ["Alias -like 'ad'", false],
    ["Alias -like '*'", true],
    ["RecipientTypeDetails -eq 'UserMailbox'", true],
  ]
  for (const [text, expected] of cases) assert.equal(ask(text), expected, text)
})

test('-and binds closer than -or', () => {
  assert.equal(ask("Alias -eq 'ada' -or Alias -eq 'ada' -and Alias -eq 'bob'"), true)
  assert.equal(ask("(Alias -eq 'ada' -or Alias -eq 'ada') -and Alias -eq 'bob'"), false)
})

test('what is not answered is refused by name', () => {
  const refused = (text: string): string => {
    try {
      readRecipientFilter(text)
      return 'taken'
    } catch (error) {
      assert.ok(error instanceof CmdletFailure, text)
      return `${error.reason}: ${error.message}`
    }
  }
  assert.equal(refused("ExchangeVersion -eq '1'"), 'not-modelled: The local tenant does not model the filter property ExchangeVersion.') // prettier-ignore
  assert.equal(
    refused("Alias -gt 'a'"),
    'not-modelled: The local tenant does not model the filter operator -gt.',
  )
  for (const text of [
    '',
    'Alias',
    'Alias -eq',
    "Alias -eq 'a' -and",
    "(Alias -eq 'a'",
    "Alias -eq 'a' 'b'",
    'Alias -eq $x',
    "Alias -eq 'a",
    "MemberOfGroup -like 'a*'",
    "constructor -eq 'a'",
    '{',
    '('.repeat(100_000),
    '-not '.repeat(1_500),
  ])
    // prettier-ignore
    assert.match(refused(text), /^(filter-wrong|not-modelled)/, text)
})
