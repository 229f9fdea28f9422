// Names that a stranger chose, inside commands that an administrator will run: each shell has its own way to break out.

/** For sh, bash, zsh: inside single quotes nothing is special but the quote itself. */
export function quoteForSh(value: string): string {
  return `'${visible(value).replaceAll("'", `'\\''`)}'`
}

/** For PowerShell, which takes five characters for a single quote: each is doubled. */
export function quoteForPowerShell(value: string): string {
  return `'${visible(value).replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`
}

/** Stands in a JSON value for what the tool fills in: a variable's name, or a reference to an earlier answer. */
export function filledIn(name: string): string {
  return `\u0001${name}\u0001`
}

const filledInJson = /"\\u0001([\w$.[\]]+)\\u0001"/g

/** JSON as one word of sh, in which only what `filledIn` marked is a variable. */
export function jsonForSh(value: object): string {
  return quoteForSh(JSON.stringify(value)).replace(filledInJson, `"'"$$$1"'"`)
}

/** JSON inside a request file, where any other `{{…}}` would be filled in too: with the token, say. */
export function jsonForRequestFile(value: object): string {
  const json = JSON.stringify(value, undefined, 2).replaceAll('{{', '\\u007b\\u007b')
  return json.replace(filledInJson, '"{{$1}}"')
}

/** One line, without control characters and without those that turn the direction of writing. */
export function visible(value: string): string {
  return value.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => {
    return `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`
  })
}
