/** Windows opens these as devices, whatever follows the dot. */
const deviceName = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])$/i
const maxBytes = 180
const maxExtensionBytes = 20

/**
 * A name that is a plain file name on every system, for one that a stranger chose. Never empty, never with a separator,
 * at most 180 bytes of UTF-8; giving it its own result changes nothing.
 */
export function safeFileName(name: string): string {
  const last = name.split(/[/\\]/).findLast((part) => part.trim() !== '') ?? ''
  const plain = trimEnds(
    last
      .toWellFormed()
      // Control, bidirectional and other invisible characters, private use, line separators, and what toWellFormed put in.
      .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\ufffd]/gu, '')
      .normalize('NFC')
      .replaceAll(/[<>:"|?*]/g, '_')
      .replaceAll(/\s/gu, ' '),
  )
  if (plain === '') return 'attachment'
  const stem = (plain.split('.')[0] ?? '').trim()
  return shorten(deviceName.test(stem) || plain.startsWith('-') ? `_${plain}` : plain)
}

/** A folder path below another, each part a safe name; `..` and absolute paths cannot leave it. */
export function safeFolders(path: string): string[] {
  return path
    .split(/[/\\]/)
    .filter((part) => trimEnds(part) !== '')
    .map(safeFileName)
}

/** `name (2).pdf` for `name.pdf`. */
export function numberedName(name: string, number: number): string {
  if (number <= 1) return name
  const { stem, extension } = splitName(name)
  return `${stem} (${number})${extension}`
}

/** Leading dots hide a file, trailing dots and blanks vanish on Windows. */
function trimEnds(text: string): string {
  return text.replaceAll(/^[.\s]+|[.\s]+$/gu, '')
}

function splitName(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? { stem: name, extension: '' } : { stem: name.slice(0, dot), extension: name.slice(dot) }
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name
  const { stem, extension } = splitName(name)
  const kept = Buffer.byteLength(extension) <= maxExtensionBytes ? extension : ''
  let bytes = Buffer.byteLength(kept)
  let short = ''
  for (const { segment } of new Intl.Segmenter('und').segment(kept === '' ? name : stem)) {
    bytes += Buffer.byteLength(segment)
    if (bytes > maxBytes) break
    short += segment
  }
  return trimEnds(trimEnds(short) + kept)
}
