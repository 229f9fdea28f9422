// oauth2-mock-server with one RSA key, as its README starts it.
interface MockServer {
  readonly issuer: { readonly keys: { generate(alg: string): Promise<unknown> } }
  start(port: number, host: string): Promise<void>
  address(): { port: number }
}
const { OAuth2Server } = (await import('oauth2-mock-server' as string)) as {
  OAuth2Server: new () => MockServer
}
const server = new OAuth2Server()
await server.issuer.keys.generate('RS256')
await server.start(0, '127.0.0.1')
console.log(JSON.stringify({ origin: `http://127.0.0.1:${server.address().port}` }))
