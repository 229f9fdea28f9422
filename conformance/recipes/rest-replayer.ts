// Sends a request file as the REST Client of Visual Studio Code documents it: `###` between requests, `# @name` for an
// answer, `{{name.response.body.$.path}}` for a value out of it, `@name = value` for a variable.

export async function replayRequests(text: string, o: { origin: string; token: string }): Promise<unknown[]> {
  const variables = new Map<string, string>()
  const answers = new Map<string, unknown>()
  const all: unknown[] = []
  const fill = (part: string): string =>
    part.replace(/\{\{([^}]+)\}\}/g, (_, name: string) => {
      const [, answer, path] = /^(\w+)\.response\.body\.\$\.(.+)$/.exec(name) ?? []
      const value = answer === undefined ? variables.get(name) : valueAt(answers.get(answer), path!)
      if (value === undefined) throw new Error(`nothing is named {{${name}}}`)
      return value
    })
  for (const block of text.split(/^###.*$/m)) {
    for (const [, name, value] of block.matchAll(/^@(\w+) = (.*)$/gm)) variables.set(name!, value!)
    variables.set('token', o.token)
    const lines = block.split('\n').filter((line) => !/^(#|@)/.test(line))
    const at = lines.findIndex((line) => /^(GET|POST|PATCH|DELETE) /.test(line))
    if (at < 0) continue
    const [method, url] = fill(lines[at]!).split(' ') as [string, string]
    const gap = lines.findIndex((line, index) => index > at && line === '')
    const headers = lines.slice(at + 1, gap).map((line) => fill(line).split(': ') as [string, string])
    const body = fill(
      lines
        .slice(gap + 1)
        .join('\n')
        .trim(),
    )
    const reply = await fetch(url.replace('https://graph.microsoft.com', o.origin), {
      method,
      headers,
      ...(body === '' ? {} : { body }),
    })
    const answer = await reply.text()
    if (!reply.ok) throw new Error(`${method} ${url}: ${reply.status} ${answer}`)
    const json: unknown = answer === '' ? undefined : JSON.parse(answer)
    all.push(json)
    const [, name] = /^# @name (\w+)$/m.exec(block) ?? []
    if (name !== undefined) answers.set(name, json)
  }
  return all
}

function valueAt(answer: unknown, path: string): string | undefined {
  let value = answer
  for (const key of path.split(/[.[\]]+/).filter((part) => part !== ''))
    value = (value as Record<string, unknown> | undefined)?.[key]
  return value === undefined ? undefined : String(value)
}
