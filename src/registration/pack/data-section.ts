// Where the data of the mailbox goes: by flow file and line.
import { basename } from 'node:path'
import { markup } from './html.ts'
import type { PackFacts, Section } from './pack.ts'

export function dataSection({ cloud, flows, spec }: PackFacts): Section {
  const effects = flows.flatMap((flow) => flow.effects)
  const needs = flows.flatMap((flow) => flow.needs)
  const leaving = needs.filter((one) => one.permission.startsWith('Mail.Send'))
  const saved = needs.filter((one) => /saves attachments/.test(one.because))
  const unseen = flows.flatMap((flow) => flow.unseen)
  const at = (one: { file?: string; line?: number }) =>
    markup`<code>${basename(one.file ?? '')}:${one.line ?? ''}</code>`
  const body = markup`<ul>
    <li>
      From Microsoft (<code>${new URL(cloud.graph).host}</code>) to the machine that runs the program, and
      nowhere else by itself: Letterlock has no server of its own and reports to nobody.
    </li>
    ${saved.map((one) => markup`<li>${at(one)} attachments become files on that machine.</li>`)}
    ${leaving.map((one) => markup`<li>${at(one)} mail leaves the mailbox: ${one.because}.</li>`)}
    ${effects.map((one) => markup`<li>${at(one)} <strong>code of its own</strong>${one.step === undefined ? '' : ` (step “${one.step}”)`}: what it does with the data is not told by the flow file. Ask whoever wrote it.</li>`)}
    ${unseen.map((one) => markup`<li>${at(one)} not told by the text: ${one.why}.</li>`)}
    ${flows.length === 0 && markup`<li><strong>No flow file was named</strong>, so what the program does with the mail is not known here.</li>`}
    <li>
      On that machine: its sign-in, sealed with a key in the system’s keychain or a file only its user can
      read; and a record of which message was handled, without its text.
    </li>
    ${spec.client === 'confidential' && markup`<li>Its certificate or secret: keep it where only the program can read it, and renew it before it ends.</li>`}
  </ul>`
  return { id: 'data', title: 'Where the data goes', body }
}
