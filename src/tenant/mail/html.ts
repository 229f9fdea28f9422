const previewLength = 255
const previewSource = 65_536

/** The text of an HTML body, as Exchange makes it for `outlook.body-content-type="text"`. Loads html-to-text on first use. */
export async function htmlToText(html: string): Promise<string> {
  const { convert } = await import('html-to-text')
  return convert(html, {
    wordwrap: false,
    limits: { maxInputLength: 4_000_000, maxDepth: 100 },
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
        selector,
        options: { uppercase: false },
      })),
    ],
  })
}

/** A text body as HTML: what Graph returns when no body type is preferred. */
export function textToHtml(text: string): string {
  return (
    '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body>' +
    `<div class="PlainText">${escapeHtml(text).replaceAll(/\r?\n/g, '<br>\r\n')}</div></body></html>`
  )
}

/** The first 255 characters of a body's text. */
export async function previewOf(body: {
  contentType: 'text' | 'html'
  content: string
  textAlternative: string | null
}): Promise<string> {
  const text =
    body.contentType === 'text'
      ? body.content
      : (body.textAlternative ?? (await htmlToText(body.content.slice(0, previewSource))))
  return text.slice(0, previewSource).trim().slice(0, previewLength)
}

/**
 * Takes out what Exchange takes out of HTML bodies unless `outlook.allow-unsafe-html` is preferred: scripts,
 * embedded objects, event handlers and script links. Everything else is returned byte for byte.
 */
export async function withoutScripts(html: string): Promise<string> {
  if (!/<\s*(script|object|embed|applet|iframe)|\son\w+\s*=|(java|vb)script\s*:/i.test(html)) return html
  const { parse } = await import('node-html-parser')
  const root = parse(html, { comment: true })
  for (const element of root.querySelectorAll('script, object, embed, applet, iframe')) element.remove()
  for (const element of root.querySelectorAll('*'))
    for (const [name, value] of Object.entries(element.attributes))
      if (/^on/i.test(name) || /^(java|vb)script:/i.test(value.replaceAll(/[^!-~]/g, '')))
        element.removeAttribute(name)
  return root.toString()
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
