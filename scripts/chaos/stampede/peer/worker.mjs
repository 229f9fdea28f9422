// One process that uses msal-node as its documentation shows: silent, with the file cache of @azure/msal-node-extensions.
// `node worker.mjs CACHE_FILE SETTINGS`: SETTINGS is JSON {tenantId, origin, clientId, scopes, seed?}. Prints JSON lines.
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

// keytar is a native library for keychains, which the file cache does not use and which needs a download to build.
registerHooks({
  resolve: (name, context, next) =>
    name === 'keytar'
      ? { url: 'data:text/javascript,export default {}', shortCircuit: true }
      : next(name, context),
})
const { PublicClientApplication } = await import('@azure/msal-node')
const { FilePersistence, PersistenceCachePlugin } = await import('@azure/msal-node-extensions')

const [file, json] = process.argv.slice(2)
const { tenantId, origin, clientId, scopes, seed } = JSON.parse(json)

// msal-node accepts https only: its requests go to the local tenant over plain http, which spares it a TLS handshake.
const send = async (method, url, options) => {
  const target = new URL(url)
  const reply = await fetch(`${origin}${target.pathname}${target.search}`, {
    method,
    headers: options?.headers,
    ...(method === 'POST' && { body: options?.body }),
  })
  return { status: reply.status, headers: Object.fromEntries(reply.headers), body: await reply.json() }
}
const app = new PublicClientApplication({
  auth: { clientId, authority: `https://login.microsoftonline.com/${tenantId}` },
  ...(!process.env.IN_MEMORY && {
    cache: { cachePlugin: new PersistenceCachePlugin(await FilePersistence.create(file)) },
  }),
  system: {
    networkClient: {
      sendGetRequestAsync: (url, options) => send('GET', url, options),
      sendPostRequestAsync: (url, options) => send('POST', url, options),
    },
  },
})
if (process.env.IN_MEMORY) app.getTokenCache().deserialize(readFileSync(file, 'utf8'))
if (seed) {
  await app.acquireTokenByRefreshToken({ refreshToken: seed, scopes, forceCache: true })
  process.exit(0)
}
const ask = async () => {
  const [account] = await app.getTokenCache().getAllAccounts()
  return app.acquireTokenSilent({ account, scopes })
}
console.log('{"ready":true}')
await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.destroy()
const rounds = Number(process.env.ROUNDS ?? 0)
if (rounds > 0) {
  // For the bench: the same token out of the cache, many times.
  for (let round = 0; round < rounds / 10; round++) await ask()
  const began = performance.now()
  for (let round = 0; round < rounds; round++) await ask()
  console.log(JSON.stringify({ microseconds: ((performance.now() - began) * 1000) / rounds }))
  process.exit(0)
}
try {
  const { accessToken } = await ask()
  console.log(JSON.stringify({ ok: accessToken.length > 0 }))
} catch (error) {
  console.log(JSON.stringify({ ok: false, code: error.errorCode ?? String(error) }))
}
