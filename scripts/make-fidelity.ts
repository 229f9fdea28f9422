// `npm run fidelity`: writes docs/fidelity.md anew. Run the tests of what you changed first: what they saw is joined to what the page holds.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readAnswerable } from '../conformance/fidelity/answerable.ts'
import { readPage, renderPage } from '../conformance/fidelity/page.ts'
import { chooseProofs, isThere, readObserved } from '../conformance/fidelity/proofs.ts'
import { observedFolder } from './observed.ts'

const file = fileURLToPath(new URL('../docs/fidelity.md', import.meta.url))
const held = existsSync(file) ? [...readPage(readFileSync(file, 'utf8'))] : []
const answerable = await readAnswerable()
const seen = existsSync(observedFolder) ? readObserved(observedFolder) : []
const proofs = chooseProofs(answerable, seen, new Map(held.filter(([, proof]) => isThere(proof))))
const page = renderPage(answerable, proofs)
writeFileSync(file, page)
const missing = page.match(/\| no test yet \|$/gm)?.length ?? 0
console.log(`docs/fidelity.md: ${answerable.routes.length} calls, ${missing} rows without a test`)
