// The numbers that Entra keeps on its own page (E 2.2): typed into a waiting sign-in, each must be explained there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain, sayExplanation } from './explain.ts'

const onPage = [
  50011, 500113, 900144, 700016, 90002, 900023, 50194, 50020, 50105, 50057, 53000, 53001, 53003, 530003,
  90094, 90095,
]
const onForm = [50034, 50126, 50053]

test('every number that stays on Microsoft’s page is explained when it is typed, with its fix and where it was seen', async () => {
  for (const code of [...onPage, ...onForm]) {
    for (const typed of [String(code), `AADSTS${code}`, `Error AADSTS${code}: something`]) {
      const found = await explain(typed)
      assert.ok(found, typed)
      const lines: string[] = []
      sayExplanation((line) => lines.push(line), found)
      const said = lines.join('\n')
      assert.match(said, new RegExp(`AADSTS${code}: \\S`), typed)
      assert.match(said, /do this {2}\S/, typed)
      if (onPage.includes(code)) assert.match(said, /seen on Microsoft’s page only/, typed)
    }
  }
})
