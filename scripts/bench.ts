// `npm run bench -- [NAME…]`: speeds, each beside a peer in the same run (design §10). Never fails on a speed.
import { readdirSync } from 'node:fs'
import { type Figure, printReport, wantedNames } from './report.ts'

const folder = new URL('../bench/', import.meta.url)
const wanted = wantedNames()
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && (wanted.length === 0 || wanted.includes(file.slice(0, -3))))
  .sort()
const figures: Figure[] = []
for (const file of files) {
  const { measure } = (await import(new URL(file, folder).href)) as { measure(): Promise<Figure[]> }
  figures.push(...(await measure()))
}
printReport('bench', { ok: files.length > 0, figures, counts: {} })
