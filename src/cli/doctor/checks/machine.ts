// What the sign-in needs of this machine: the redirect's port on both families, and files that only its user can read.
import { existsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describePortHolder } from '../../../signin/node/port-holder.ts'
import type { Home } from '../../home.ts'
import { type Finding, fine, notChecked } from '../finding.ts'

/** Another process on one family alone would get the authorization code: both must be free (RFC 8252 section 8.3). */
export async function checkLoopback(redirectUri: string): Promise<Finding[]> {
  const url = URL.parse(redirectUri)
  if (!url || url.protocol !== 'http:')
    return [fine('loopback', `the redirect URI ${redirectUri} needs no port here`)]
  const port = Number(url.port || 80)
  const busy: string[] = []
  let bound = 0
  for (const host of ['127.0.0.1', '::1']) {
    const outcome = await tryBinding(host, port)
    if (outcome === 'busy') busy.push(host)
    if (outcome === 'free') bound++
  }
  if (busy.length === 0 && bound > 0)
    return [
      fine(
        'loopback',
        `port ${port} of ${redirectUri} is free on ${bound === 2 ? '127.0.0.1 and ::1' : 'the one loopback address there is'}`,
      ),
    ]
  const holder = busy.length > 0 ? await describePortHolder(port) : undefined
  return [
    {
      check: 'loopback',
      level: 'problem',
      what: `port ${port} is taken on ${busy.join(' and ') || 'both addresses'}${holder ? ` by ${holder}` : ''}`,
      why: 'the sign-in comes back to that port, and whoever holds it would get the code',
      fix: 'End that program, or sign in on another port: Entra ignores the port of localhost.',
      how: `letterlock login --redirect-uri http://localhost:${port === 9998 ? 9997 : port - 1}${url.pathname}`,
      who: 'you',
      recovery: 'fix-configuration',
    },
  ]
}

function tryBinding(host: string, port: number): Promise<'free' | 'busy' | 'absent'> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT' ? 'absent' : 'busy'),
    )
    server.listen({ host, port, exclusive: true, ipv6Only: true }, () => server.close(() => resolve('free')))
  })
}

/** Every file here is for its owner alone; Windows keeps that in access lists, which are not read. */
export function checkFiles(home: Home): Finding[] {
  if (!existsSync(home.dir)) return [fine('files', 'nothing is kept here yet')]
  if (process.platform === 'win32') return [notChecked('files', `the rights on ${home.dir}`, 'icacls')]
  const files = ['vault.db', 'vault.key', 'settings.json', 'ledger.db', 'throttle.db'].map((name) =>
    join(home.dir, name),
  )
  const open = [home.dir, ...files].filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0)
  const secret = open.filter((path) => path === home.dir || /vault\.(db|key)$/.test(path))
  if (secret.length > 0)
    return [
      {
        check: 'files',
        level: 'problem',
        what: `others on this machine can open ${secret.join(', ')}`,
        why: 'it holds, or leads to, what signs your accounts in',
        fix: 'Take the rights of others away.',
        how: `chmod -R go-rwx ${home.dir}`,
        who: 'you',
        recovery: 'fix-configuration',
      },
    ]
  return [fine('files', `${home.dir} is yours alone`)]
}
