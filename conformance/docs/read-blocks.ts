/** The blocks of a page that are marked to be run. @throws {TypeError} when a mark has no block of sh after it */
export function readBlocks(page: string): string[] {
  return page
    .split('<!-- run -->\n')
    .slice(1)
    .map((rest) => {
      const block = /^```sh\n(.*?)\n```$/ms.exec(rest)
      if (block?.index !== 0) throw new TypeError(`no block of sh after a mark: ${rest.slice(0, 60)}`)
      return block[1]!
    })
}
