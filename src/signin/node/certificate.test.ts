import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Secret } from '../secret.ts'
import { readCertificate } from './certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'letterlock-certificate-'))
const at = (name: string): string => join(folder, name)
const openssl = (line: string): void =>
  void execFileSync('openssl', line.split(' '), { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })

before(() => {
  for (const name of ['bot', 'other'])
    openssl(
      `req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=${name} -keyout ${name}.key -out ${name}.crt`,
    )
  openssl(
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ec -keyout ec.key -out ec.crt',
  )
  openssl('pkcs8 -topk8 -in bot.key -out sealed.key -passout pass:pw')
  openssl('pkcs12 -export -inkey bot.key -in bot.crt -certfile other.crt -out aes.pfx -passout pass:pw')
  const des = '-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1'
  openssl(`pkcs12 -export ${des} -inkey bot.key -in bot.crt -out des.pfx -passout pass:pw`)
  openssl('pkcs12 -export -keypbe NONE -certpbe NONE -inkey bot.key -in bot.crt -out open.pfx -passout pass:')
  const join2 = (name: string, ...parts: string[]): void =>
    writeFileSync(at(name), parts.map((part) => readFileSync(at(part), 'utf8')).join(''))
  join2('bot.pem', 'bot.key', 'bot.crt')
  join2('chain.pem', 'other.crt', 'bot.crt', 'sealed.key')
  join2('strangers.pem', 'other.crt', 'bot.key')
  join2('ec.pem', 'ec.crt', 'ec.key')
  writeFileSync(at('cut.pfx'), readFileSync(at('aes.pfx')).subarray(0, 1200))
})
after(() => rmSync(folder, { recursive: true, force: true }))

const pw = new Secret('pw')

test('a certificate is the same from PEM, an encrypted PEM with its chain, and PKCS #12 of any encryption', async () => {
  const { raw } = new X509Certificate(readFileSync(at('bot.crt')))
  const thumbprint = createHash('sha256').update(raw).digest('base64url')
  const files: [string, Secret?][] = [
    ['bot.pem'],
    ['chain.pem', pw],
    ['aes.pfx', pw],
    ['des.pfx', pw],
    ['open.pfx'],
  ]
  const found = await Promise.all(files.map(([file, passphrase]) => readCertificate(at(file), passphrase)))
  for (const one of found) {
    assert.equal(one.thumbprint, thumbprint)
    assert.deepEqual(one.pkcs8, found[0]!.pkcs8)
    assert.ok(one.endsAtMs > Date.now() + 29 * 86_400_000)
  }
})

test('what cannot be used is named, with why: password, damage, absence, another key, another kind', async () => {
  const cases: [string, Secret | undefined, RegExp][] = [
    ['aes.pfx', new Secret('wrong'), /password is missing or wrong/],
    ['aes.pfx', undefined, /password is missing or wrong/],
    ['chain.pem', undefined, /password is missing or wrong/],
    ['cut.pfx', pw, /damaged/],
    ['absent.pem', undefined, /no such file/],
    ['strangers.pem', undefined, /no certificate of its private key/],
    ['bot.crt', undefined, /no private key/],
    ['ec.pem', undefined, /type ec; Entra takes RSA/],
  ]
  for (const [file, passphrase, why] of cases)
    await assert.rejects(readCertificate(at(file), passphrase), {
      code: 'signin/certificate-unreadable',
      recovery: 'fix-configuration',
      message: why,
    })
})

test('a PKCS #12 file with any one byte changed is opened rightly or refused by name', async () => {
  const bytes = readFileSync(at('aes.pfx'))
  const right = (await readCertificate(at('aes.pfx'), pw)).thumbprint
  for (let index = 0; index < bytes.length; index += 37) {
    const changed = Buffer.from(bytes)
    changed[index]! ^= 0x41
    writeFileSync(at('changed.pfx'), changed)
    await readCertificate(at('changed.pfx'), pw).then(
      ({ thumbprint }) => assert.equal(thumbprint, right),
      (error: unknown) => assert.equal((error as { code: string }).code, 'signin/certificate-unreadable'),
    )
  }
})
