// The extension that keeps a CA to its hosts (RFC 5280 section 4.2.1.10). DER by hand: the library has no class for it.

export const nameConstraintsId = '2.5.29.30'

/** Permits these DNS names (RFC 5280: with their subdomains) and 127.0.0.1 and ::1 as addresses; nothing else of either kind. */
export function nameConstraints(hosts: readonly string[]): Uint8Array<ArrayBuffer> {
  const names = hosts.map((host) => element(0x82, Buffer.from(host, 'ascii')))
  const loopback4 = Buffer.from('7f000001ffffffff', 'hex')
  const loopback6 = Buffer.from(`${'00'.repeat(15)}01${'ff'.repeat(16)}`, 'hex')
  const addresses = [loopback4, loopback6].map((one) => element(0x87, one))
  const permitted = element(0xa0, Buffer.concat([...names, ...addresses].map((one) => element(0x30, one))))
  return Uint8Array.from(element(0x30, permitted))
}

function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Uint8Array.of(tag, ...size), content])
}
