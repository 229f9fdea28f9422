// Codes in logs of other programs: written as Entra, Graph, MSAL and this command write them.
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { readLog } from './read-log.ts'

const read = async (text: string | string[]) =>
  readLog(Readable.from(typeof text === 'string' ? [text] : text))
const correlation = '3f2504e0-4f89-11d3-9a0c-0305e82c3301'

test('a code is found as Entra’s page, its JSON, Graph’s JSON and letterlock write it', async () => {
  const log = [
    `2026-11-25 ERROR AADSTS50105: Your administrator has configured the application`,
    `{"error":"invalid_grant","error_codes":[54005],"correlation_id":"${correlation}"}`,
    `{"error":{"code":"ErrorItemNotFound","message":"The specified object was not found in the store."}}`,
    `MailboxNotEnabledForRESTAPI: REST API is not yet supported for this mailbox.`,
    `letterlock: nobody signed in (signin/timed-out)`,
  ].join('\n')
  const found = await read(log)
  assert.deepEqual(
    found.map(({ code, firstLine, times }) => [code, firstLine, times]),
    [
      ['AADSTS50105', 1, 1],
      ['AADSTS54005', 2, 1],
      ['ErrorItemNotFound', 3, 1],
      ['MailboxNotEnabledForRESTAPI', 4, 1],
      ['signin/timed-out', 5, 1],
    ],
  )
  assert.equal(found[1]!.correlationId, correlation)
})

test('ids below a number belong to it; a code that comes again is counted, not told again', async () => {
  const block = `AADSTS50011: The redirect URI …\r\nTrace ID: 0\r\nCorrelation ID: ${correlation}\r\n`
  const found = await read([block.slice(0, 9), block.slice(9), block, block])
  assert.equal(found.length, 1)
  assert.deepEqual(
    { times: found[0]!.times, line: found[0]!.firstLine, id: found[0]!.correlationId },
    { times: 3, line: 1, id: correlation },
  )
})

test('words that are no codes are none, and a line without an end fills no memory', async () => {
  assert.deepEqual(await read('{"code":"toString"} AADSTS1 ErrorHandler Invalid user order 50011'), [])
  const endless = Array.from({ length: 200 }, () => 'x'.repeat(100_000))
  assert.deepEqual(
    await read([...endless, '\nAADSTS50011']).then((all) => all.map((one) => one.firstLine)),
    [2],
  )
})

test('a log that is not there is named', async () => {
  await assert.rejects(readLog('/nowhere/bot.log'), { code: 'cli/file-unreadable' })
})
