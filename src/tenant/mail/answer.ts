const jsonType =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8'

/** A JSON answer with Graph's content type (graph-mail.md section 11). */
export function answerJson(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': jsonType, 'cache-control': 'private', 'odata-version': '4.0', ...headers },
  })
}

/** 202 and 204 come with an empty body. */
export function answerEmpty(status: 202 | 204): Response {
  return new Response(null, { status, headers: status === 202 ? { 'content-length': '0' } : {} })
}
