// The application a person signs in to: a loopback server that shows what the browser came back with.
import { once } from 'node:events'
import { createServer } from 'node:http'

export interface Arrival {
  readonly method: string
  /** The parameters of the query or of the posted form. */
  readonly answer: URLSearchParams
}

export interface ApplicationServer {
  /** `http://localhost:PORT/Callback` */
  readonly redirectUri: string
  readonly arrivals: Arrival[]
  close(): void
}

export async function startApplication(): Promise<ApplicationServer> {
  const arrivals: Arrival[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    let body = ''
    for await (const chunk of request) body += String(chunk)
    if (url.pathname === '/Callback')
      arrivals.push({
        method: request.method!,
        answer: request.method === 'POST' ? new URLSearchParams(body) : url.searchParams,
      })
    response
      .writeHead(url.pathname === '/Callback' ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' })
      .end(
        '<!doctype html><html lang="en"><title>Arrived</title><main data-page="arrived"><h1>Arrived</h1></main>',
      )
  }).listen(0, 'localhost')
  await once(server, 'listening')
  return {
    redirectUri: `http://localhost:${(server.address() as { port: number }).port}/Callback`,
    arrivals,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
