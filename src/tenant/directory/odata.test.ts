// Queries on directory objects. Expectations: Microsoft Graph "Advanced query capabilities on Microsoft Entra ID objects",
// "Use the $search query parameter"; messages as public reports of refused calls quote them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Answer, type DirectoryLab, eventual, startDirectoryLab } from './lab.fixture.ts'

let lab: DirectoryLab
before(async () => {
  lab = await startDirectoryLab()
  for (const [displayName, redirect] of [
    ['OneDrive sync', 'http://localhost:1/a'],
    ['Invoice bot', 'http://localhost:2/b'],
    ['Invoice archive', 'https://archive.contoso.example/c'],
  ])
    await lab.ask('POST', '/applications', {
      displayName,
      publicClient: { redirectUris: [redirect] },
      tags: displayName === 'Invoice bot' ? ['x', 'y'] : [],
    })
})
after(() => lab[Symbol.asyncDispose]())

const names = (answer: Answer): string[] => {
  assert.equal(answer.status, 200, answer.text)
  return answer.body.value.map((one: { displayName: string }) => one.displayName)
}
const get = (path: string, headers?: Record<string, string>): Promise<Answer> =>
  lab.ask('GET', path, undefined, headers)

test('a filter joins clauses with and, or, not and parentheses, and looks into collections', async () => {
  const cases: [string, string[]][] = [
    ["displayName eq 'invoice BOT'", ['Invoice bot']],
    [
      "startswith(displayName,'Invoice') and publicClient/redirectUris/any(u:startswith(u,'https'))",
      ['Invoice archive'],
    ],
    [
      "displayName eq 'Invoice bot' or (displayName eq 'OneDrive sync' and not(tags/any()))",
      ['OneDrive sync', 'Invoice bot'],
    ],
    ["displayName in ('OneDrive sync','Invoice archive')", ['OneDrive sync', 'Invoice archive']],
    ["tags/any(t:t eq 'y')", ['Invoice bot']],
    ["not startsWith(displayName,'Microsoft') and endsWith(displayName,'e')", ['Invoice archive']],
    ["startswith(displayName,'Inv') and displayName ne 'Invoice bot'", ['Invoice archive']],
    ['tags/$count eq 2', ['Invoice bot']],
    ["createdDateTime ge 2020-01-01T00:00:00Z and startswith(displayName,'One')", ['OneDrive sync']],
  ]
  for (const [filter, expected] of cases)
    assert.deepEqual(
      names(await get(`/applications?$filter=${encodeURIComponent(filter)}&$count=true`, eventual)),
      expected,
      filter,
    )
})

test('what needs an advanced query is refused without ConsistencyLevel: eventual and $count=true', async () => {
  const cases: [string, RegExp][] = [
    ["$filter=displayName ne 'x'", /^Filter operator 'NotEqualsMatch' is not supported\.$/],
    [
      "$filter=endsWith(displayName,'x')",
      /^Operator 'endsWith' is not supported because the 'ConsistencyLevel:eventual' header is missing\.$/,
    ],
    ["$filter=not(displayName eq 'x')", /^Filter operator 'Not' is not supported\.$/],
    [
      "$filter=startswith(displayName,'x')&$orderby=displayName",
      /^Sorting not supported for current query\.$/,
    ],
    ['$search="displayName:x"', /special request header: 'ConsistencyLevel: eventual'$/],
    ["$filter=contains(displayName,'x')", /^Filter operator 'Contains' is not supported\.$/],
    [
      "$filter=colour eq 'red'",
      /^Unsupported or invalid query filter clause specified for property 'colour' of resource 'Application'\.$/,
    ],
    ['$top=1000', /^Invalid page size specified: '1000'\. Must be between 1 and 999 inclusive\.$/],
  ]
  for (const [query, message] of cases) {
    const refused = await get(`/applications?${query}`)
    assert.equal(refused.status, 400, query)
    assert.equal(refused.body.error.code, 'Request_UnsupportedQuery', query)
    assert.match(refused.body.error.message, message)
  }
  const broken = await get('/applications?$filter=((((')
  assert.deepEqual([broken.status, broken.body.error.code], [400, 'BadRequest'])
})

test('a search finds words by their beginnings, joins clauses, and names a missing quote', async () => {
  const search = (text: string) => get(`/applications?$search=${encodeURIComponent(text)}`, eventual)
  assert.deepEqual(names(await search('"displayName:invoice"')), ['Invoice bot', 'Invoice archive'])
  assert.deepEqual(names(await search('"displayName:drive"')), ['OneDrive sync'])
  assert.deepEqual(names(await search('"displayName:bot" OR "displayName:archive"')), [
    'Invoice bot',
    'Invoice archive',
  ])
  assert.deepEqual(
    names(await search('"displayName:invoice" AND ("displayName:bot" OR "displayName:sync")')),
    ['Invoice bot'],
  )
  const bare = await search('displayName:room')
  assert.equal(bare.status, 400)
  assert.equal(
    bare.body.error.message,
    "Syntax error: character ':' is not valid at position 11 in 'displayName:room'.",
  )
})

test('a list is sorted, counted, and paged by links that can be followed', async () => {
  const sorted = names(await get('/applications?$orderby=displayName desc'))
  assert.deepEqual(sorted, sorted.toSorted().reverse())
  const plain = await get('/applications?$count=true')
  assert.ok(!('@odata.count' in plain.body), '$count is ignored without the header')
  const seen: string[] = []
  let next: string | undefined = '/applications?$top=2&$count=true&$select=displayName'
  while (next) {
    const page: Answer = await get(next, eventual)
    assert.equal(page.body['@odata.count'], sorted.length)
    seen.push(...names(page))
    next = page.body['@odata.nextLink']?.replace(lab.tenant.origin, '')
  }
  assert.deepEqual(seen.toSorted(), sorted.toSorted())
  const expired = await get('/applications?$skiptoken=nonsense')
  assert.deepEqual([expired.status, expired.body.error.code], [400, 'Directory_ExpiredPageToken'])
})

test('$select shows what is asked and stands in the context; $count is a bare number; $skip is refused', async () => {
  const chosen = await get("/applications?$filter=displayName eq 'Invoice bot'&$select=displayName,appId")
  assert.match(chosen.body['@odata.context'], /\$metadata#applications\(displayName,appId\)$/)
  assert.deepEqual(Object.keys(chosen.body.value[0]).sort(), ['appId', 'displayName'])
  assert.equal((await get('/users/$count', eventual)).text, String(lab.tenant.users.length))
  assert.equal((await get('/users/$count')).status, 400)
  const skipped = await get('/users?$skip=1')
  assert.equal(skipped.body.error.message, "'$skip' is not supported by the service.")
})

test('$expand puts members and owners beside their group', async () => {
  const ada = lab.tenant.users.find((one) => one.userPrincipalName === 'ada@contoso.example')!
  const group = await lab.ask('POST', '/groups', {
    displayName: 'expanded',
    mailEnabled: false,
    mailNickname: 'expanded',
    securityEnabled: true,
    'members@odata.bind': [`https://graph.microsoft.com/v1.0/users/${ada.id}`],
  })
  const { body } = await get(`/groups/${group.body.id}?$expand=members($select=id,displayName)`)
  assert.deepEqual(body.members, [
    { '@odata.type': '#microsoft.graph.user', displayName: 'Ada Lovelace', id: ada.id },
  ])
  assert.equal((await get(`/groups/${group.body.id}?$expand=nonsense`)).status, 400)
})
