// Mail is written by strangers: nothing in it may move the cursor, colour the screen, set the clipboard or turn text around.
/* oxlint-disable no-control-regex */
const sequences =
  /\u001b\][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u009d[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[PX^_][^\u001b\u009c]*(?:\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g

/** Text of several lines, made safe for a terminal; line ends become `\n`. */
export function stripEscapes(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(sequences, '')
    .replace(controls, '')
    .replaceAll('\u2028', '\n')
    .replaceAll('\u2029', '\n')
}

/** The same on one line. */
export function oneLine(text: string): string {
  return stripEscapes(text.replace(/[\r\n\t\u2028\u2029]+/g, ' ')).trim()
}

/** JSON text that is safe on a terminal too: what JSON leaves raw is written as `\uXXXX`. Loses nothing. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
