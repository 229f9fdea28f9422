import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMessage, toRecipient } from './message.ts'

test('a message of Microsoft’s documentation is read', () => {
  // Graph, "Get message", example response, shortened.
  const message = readMessage({
    '@odata.etag': 'W/"CQAAABYAAADHcgC8Hl9tRZ/hc1wEUs1TAAAwR4Hg"',
    id: 'AAMkAGI1AAAoZCfHAAA=',
    subject: '9/8/2018: concert',
    body: { contentType: 'HTML', content: '<html></html>' },
    sender: { emailAddress: { name: 'Adele Vance', address: 'adelev@contoso.com' } },
    toRecipients: [{ emailAddress: { name: 'Alex Wilber', address: 'alexw@contoso.com' } }],
    flag: { flagStatus: 'flagged' },
    importance: 'High',
  })
  assert.equal(message.etag, 'W/"CQAAABYAAADHcgC8Hl9tRZ/hc1wEUs1TAAAwR4Hg"')
  assert.deepEqual(message.body, { contentType: 'html', content: '<html></html>' })
  assert.deepEqual(message.toRecipients, [{ name: 'Alex Wilber', address: 'alexw@contoso.com' }])
  assert.deepEqual(
    [message.flag.flagStatus, message.importance, message.from],
    ['flagged', 'high', undefined],
  )
})

test('a message with nulls, or with anything but an id missing, is read', () => {
  const message = readMessage({
    id: 'a',
    subject: null,
    from: null,
    toRecipients: null,
    flag: null,
    categories: [1, 'x'],
  })
  assert.deepEqual([message.subject, message.toRecipients, message.categories], ['', [], ['x']])
  for (const wrong of [undefined, null, 'x', [], {}, { id: 7 }]) {
    assert.throws(() => readMessage(wrong), { code: 'mail/reply-malformed' })
  }
})

test('a recipient is written without an empty name', () => {
  assert.deepEqual(toRecipient('a@b.example'), { emailAddress: { address: 'a@b.example' } })
  assert.deepEqual(toRecipient({ address: 'a@b.example', name: '' }), {
    emailAddress: { address: 'a@b.example' },
  })
})

test('whatever JSON comes, reading it ends in a message or in mail/reply-malformed', () => {
  let seed = 7
  const next = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed % below
  }
  const names = [
    'id',
    'subject',
    'from',
    'emailAddress',
    'toRecipients',
    'flag',
    'body',
    'internetMessageHeaders',
    'categories',
  ]
  const anything = (depth: number): unknown => {
    const kind = next(depth > 3 ? 4 : 7)
    if (kind === 4) return Array.from({ length: next(3) }, () => anything(depth + 1))
    if (kind > 4)
      return Object.fromEntries(
        Array.from({ length: next(6) }, () => [names[next(names.length)], anything(depth + 1)]),
      )
    return [null, true, next(9), '\u0000x'][kind]
  }
  for (let i = 0; i < 5_000; i += 1) {
    const json = anything(0)
    try {
      const message = readMessage(
        typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json, id: 'x' } : json,
      )
      assert.equal(typeof message.subject, 'string')
      assert.ok(message.toRecipients.every((to) => typeof to.address === 'string'))
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'mail/reply-malformed')
    }
  }
})
