// Can Microsoft be reached, is it Microsoft, and does this machine's clock agree with its clock?
import { lookup } from 'node:dns/promises'
import { connect } from 'node:tls'
import { type Cloud, isLoopbackHost } from '../../../facts/clouds.ts'
import { type Finding, fine, notChecked } from '../finding.ts'

const timeoutMs = 10_000
/** Tokens are judged with five minutes of tolerance on both sides. */
const mostSkewMs = 5 * 60_000
/** Who signs for Microsoft's sign-in and Graph hosts. Source: Microsoft "Azure certificate authority details". */
const microsoftIssuers = /^(DigiCert|Microsoft)/

/** DNS, proxy, TLS and clock for both hosts of the cloud. */
export async function checkNetwork(cloud: Cloud): Promise<Finding[]> {
  const origins = [...new Set([cloud.authority, cloud.graph])]
  const perHost = await Promise.all(origins.map((origin) => checkHost(origin, cloud)))
  return [...checkProxy(cloud), ...perHost.flat()]
}

/** Node takes the proxy of the environment only when it is told to. */
function checkProxy(cloud: Cloud): Finding[] {
  const proxy = process.env['HTTPS_PROXY'] ?? process.env['https_proxy']
  if (!proxy || isLoopbackHost(new URL(cloud.authority).hostname)) return []
  const host = URL.parse(proxy)?.host ?? 'the proxy of HTTPS_PROXY'
  if (process.env['NODE_USE_ENV_PROXY'] === '1') return [fine('proxy', `requests go through ${host}`)]
  return [
    {
      check: 'proxy',
      level: 'warning',
      what: `HTTPS_PROXY names ${host}, and requests do not go through it`,
      why: 'the proxy of the environment is used only where NODE_USE_ENV_PROXY is 1',
      fix: 'Set NODE_USE_ENV_PROXY.',
      how: 'export NODE_USE_ENV_PROXY=1',
      who: 'you',
      recovery: 'fix-configuration',
    },
  ]
}

async function checkHost(origin: string, cloud: Cloud): Promise<Finding[]> {
  const { hostname } = new URL(origin)
  const isLocal = isLoopbackHost(hostname)
  if (!isLocal) {
    const dns = await checkName(hostname)
    if (dns.level === 'problem') return [dns]
  }
  const path =
    origin === cloud.authority ? '/common/v2.0/.well-known/openid-configuration' : '/v1.0/$metadata'
  let reply: Response
  try {
    reply = await fetch(origin + path, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    await reply.body?.cancel()
  } catch (error) {
    return [unreachable(hostname, error)]
  }
  const reached = [fine('network', `${hostname} answers`), clockFinding(hostname, reply.headers.get('date'))]
  return isLocal ? reached : [...reached, await checkIssuer(hostname)]
}

async function checkName(hostname: string): Promise<Finding> {
  try {
    const { address } = await lookup(hostname)
    if (!/^(10|127|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\.|^(::1$|f[cd])/.test(address))
      return fine('dns', `${hostname} is ${address}`)
    return {
      check: 'dns',
      level: 'warning',
      what: `${hostname} leads to ${address}, a private address`,
      why: 'a hosts file, a private link or something in between answers for Microsoft',
      fix: 'Ask whoever runs the network whether that is meant.',
      how: `nslookup ${hostname}`,
      who: 'an administrator',
      recovery: 'ask-admin',
    }
  } catch {
    return {
      check: 'dns',
      level: 'problem',
      what: `the name ${hostname} is not found`,
      why: 'no network, no name server, or a cloud that does not exist',
      fix: 'Check the network, and the cloud that is named.',
      how: `nslookup ${hostname}`,
      who: 'you',
      recovery: 'fix-configuration',
    }
  }
}

const certificateCodes = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function unreachable(hostname: string, error: unknown): Finding {
  const cause = (error as { cause?: { code?: string } }).cause
  const code = cause?.code ?? (error as { name?: string }).name ?? 'no answer'
  if (certificateCodes.has(code))
    return {
      check: 'tls',
      level: 'problem',
      what: `the certificate that ${hostname} shows is not trusted (${code})`,
      why: 'a proxy or virus scanner opens the connection with a certificate of its own, or this clock is wrong',
      fix: 'Name the file with the certificate authority of your network.',
      how: 'export NODE_EXTRA_CA_CERTS=FILE',
      who: 'you',
      recovery: 'fix-configuration',
    }
  return {
    check: 'network',
    level: 'problem',
    what: `${hostname} does not answer (${code})`,
    why: 'a firewall, a proxy that is not set, or a service that is away',
    fix: 'Let this machine reach it on port 443, or set the proxy.',
    how: 'export HTTPS_PROXY=http://HOST:PORT NODE_USE_ENV_PROXY=1',
    who: 'you',
    recovery: 'retry',
  }
}

function clockFinding(hostname: string, date: string | null): Finding {
  const theirMs = Date.parse(date ?? '')
  if (Number.isNaN(theirMs)) return notChecked('clock', 'the clock', 'a date in the answer')
  const skewMs = Date.now() - theirMs
  const seconds = Math.round(Math.abs(skewMs) / 1_000)
  if (Math.abs(skewMs) <= mostSkewMs)
    return fine('clock', `the clock is within ${seconds + 1} s of ${hostname}`)
  return {
    check: 'clock',
    level: 'problem',
    what: `the clock of this machine is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} that of ${hostname}`,
    why: 'tokens seem expired, or not valid yet, when the clocks differ by more than five minutes',
    fix: 'Set the clock of this machine.',
    how: process.platform === 'win32' ? 'w32tm /resync' : 'timedatectl set-ntp true',
    who: 'you',
    recovery: 'fix-configuration',
  }
}

/** A chain that is trusted may still be that of a proxy which reads everything. */
async function checkIssuer(hostname: string): Promise<Finding> {
  if (process.env['NODE_USE_ENV_PROXY'] === '1' && process.env['HTTPS_PROXY'])
    return notChecked('tls', `who signs for ${hostname}`, 'a connection without a proxy')
  const issuer = await issuerOf(hostname)
  if (issuer === undefined) return notChecked('tls', `who signs for ${hostname}`, 'a direct connection')
  if (microsoftIssuers.test(issuer)) return fine('tls', `${hostname} shows a certificate by ${issuer}`)
  return {
    check: 'tls',
    level: 'warning',
    what: `the connection to ${hostname} is opened on the way: its certificate is by ${issuer}`,
    why: 'whoever holds that authority can read tokens and mail',
    fix: 'Ask whoever runs the network to let Microsoft’s hosts pass unopened.',
    how: `openssl s_client -connect ${hostname}:443 -servername ${hostname}`,
    who: 'an administrator',
    recovery: 'ask-admin',
  }
}

function issuerOf(hostname: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: 443, servername: hostname, timeout: timeoutMs }, () => {
      const { issuer } = socket.getPeerCertificate()
      resolve([issuer?.O].flat()[0] ?? 'an unnamed authority')
      socket.end()
    })
    const none = (): void => {
      socket.destroy()
      resolve(undefined)
    }
    socket.on('error', none).on('timeout', none)
  })
}
