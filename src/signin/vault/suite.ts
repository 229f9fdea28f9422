import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SignedIn } from '../account.ts'
import { Secret } from '../secret.ts'
import type { StoredSignIn, Vault } from './contract.ts'

export function exampleSignIn(name = 'ada', secret = `planted-${name}`): SignedIn {
  const tid = '11111111-2222-4333-8444-555555555555'
  return {
    account: {
      id: `${name}.${tid}`,
      username: `${name}@contoso.example`,
      name,
      oid: name,
      tid,
      cloud: {
        name: 'x',
        authority: 'http://127.0.0.1:1',
        graph: 'http://127.0.0.1:1',
        ignoresLocalhostPort: true,
      },
      clientId: 'client',
      clientKind: 'public',
      redirectUri: 'http://localhost:9999/Callback',
      scopes: ['Mail.Read'],
      refreshTokenIssuedAtMs: 1,
      signedInAtMs: 1,
    },
    tokens: {
      accessToken: new Secret(`${secret}-access`),
      refreshToken: new Secret(`${secret}-refresh`),
      obtainedAtMs: 1,
      expiresAtMs: 3_600_001,
      scopes: ['Mail.Read'],
    },
    redirectReceived: 'http://localhost:9999/Callback',
    credential: { kind: 'secret', secret: new Secret(`${secret}-client`) },
  }
}

function secretOf(stored: StoredSignIn | undefined): string | undefined {
  return stored?.credential?.kind === 'secret' ? stored.credential.secret.reveal() : undefined
}

/** What any vault promises. */
export function vaultSuite(name: string, open: () => Vault): void {
  const vaultTest = (title: string, body: (vault: Vault) => void | Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => {
      const vault = open()
      t.after(() => vault.close())
      await body(vault)
    })
  }

  vaultTest('what is saved is read back, secrets and all', (vault) => {
    const { account, tokens } = exampleSignIn()
    vault.save(exampleSignIn())
    const stored = vault.read(account.id)
    assert.deepEqual(stored?.account, account)
    assert.equal(stored?.tokens.accessToken.reveal(), tokens.accessToken.reveal())
    assert.equal(stored?.tokens.refreshToken?.reveal(), tokens.refreshToken?.reveal())
    assert.equal(secretOf(stored), 'planted-ada-client')
    assert.equal(stored?.refreshStartedAtMs, undefined)
  })

  vaultTest('an account is found by id and by name, whatever the case', (vault) => {
    vault.save(exampleSignIn('ada'))
    vault.save(exampleSignIn('grace'))
    assert.deepEqual(
      vault.list().map((account) => account.name),
      ['ada', 'grace'],
    )
    assert.equal(vault.find('GRACE@contoso.example')?.name, 'grace')
    assert.equal(vault.find(exampleSignIn().account.id)?.name, 'ada')
    assert.equal(vault.find('nobody'), undefined)
  })

  vaultTest('a removed account is gone', (vault) => {
    const { account } = exampleSignIn()
    vault.save(exampleSignIn())
    vault.remove(account.id)
    assert.equal(vault.read(account.id), undefined)
    assert.deepEqual(vault.list(), [])
  })

  vaultTest('refreshed tokens replace the version they came from', (vault) => {
    const { account } = exampleSignIn()
    vault.save(exampleSignIn())
    const before = vault.read(account.id)
    const ifVersion = before?.version ?? -1
    vault.noteRefresh(account.id, { ifVersion, startedAtMs: 7 })
    assert.equal(vault.read(account.id)?.refreshStartedAtMs, 7)
    const saved = vault.replaceTokens(account.id, {
      ifVersion,
      account,
      tokens: exampleSignIn('ada', 'new').tokens,
    })
    const after = vault.read(account.id)
    assert.equal(saved?.version, after?.version)
    assert.ok((after?.version ?? 0) > ifVersion)
    assert.equal(after?.tokens.accessToken.reveal(), 'new-access')
    assert.equal(secretOf(after), 'planted-ada-client', 'the client secret stays')
    assert.equal(after?.refreshStartedAtMs, undefined, 'the attempt is settled')
  })

  vaultTest(
    'a refresh that comes late neither overwrites a new sign-in nor brings a removed account back',
    (vault) => {
      const { account } = exampleSignIn()
      vault.save(exampleSignIn())
      const ifVersion = vault.read(account.id)?.version ?? -1
      vault.remove(account.id)
      const late = { ifVersion, account, tokens: exampleSignIn('ada', 'late').tokens }
      assert.equal(vault.replaceTokens(account.id, late), undefined)
      assert.equal(vault.read(account.id), undefined)
      vault.save(exampleSignIn('ada', 'again'))
      assert.equal(vault.replaceTokens(account.id, late), undefined)
      vault.noteRefresh(account.id, { ifVersion, startedAtMs: 7 })
      assert.equal(vault.read(account.id)?.tokens.accessToken.reveal(), 'again-access')
      assert.equal(vault.read(account.id)?.refreshStartedAtMs, undefined)
    },
  )

  vaultTest('the change mark moves with every write and with nothing else', (vault) => {
    const { account } = exampleSignIn()
    const marks = [vault.changeMark()]
    const step = (work: () => void): void => {
      work()
      marks.push(vault.changeMark())
      assert.equal(vault.changeMark(), marks.at(-1))
    }
    step(() => vault.save(exampleSignIn()))
    step(() => vault.remove(account.id))
    step(() => vault.save(exampleSignIn()))
    vault.list()
    assert.equal(vault.changeMark(), marks.at(-1))
    assert.equal(new Set(marks).size, marks.length)
  })

  vaultTest('one refresher at a time for each account; the wait for it has an end', async (vault) => {
    const first = await vault.lockRefresh('a.t')
    const other = await vault.lockRefresh('b.t')
    await assert.rejects(vault.lockRefresh('a.t', { waitMs: 20 }), {
      code: 'signin/refresh-busy',
      recovery: 'retry',
    })
    const order: string[] = []
    const second = vault.lockRefresh('a.t').then((lock) => {
      order.push('second')
      lock?.release()
    })
    order.push('first')
    first?.release()
    await second
    other?.release()
    assert.deepEqual(order, ['first', 'second'])
  })

  vaultTest(
    'who waits for a refresh stops waiting when it is done, before the lock is free',
    async (vault) => {
      const first = await vault.lockRefresh('a.t')
      let isDone = false
      const second = vault.lockRefresh('a.t', { isDone: () => isDone, waitMs: 5_000 })
      isDone = true
      const third = vault.lockRefresh('a.t', { isDone: () => isDone, waitMs: 5_000 })
      assert.equal(await third, undefined)
      first?.release()
      assert.equal(await second, undefined)
      const free = await vault.lockRefresh('a.t', { waitMs: 20 })
      assert.ok(free, 'a wait that was given up holds nothing')
      free.release()
    },
  )
}
