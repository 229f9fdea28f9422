// All cmdlets of the local tenant's Exchange, found by name in any letter case.
import { accessPolicyCmdlets } from './access-policy-cmdlets.ts'
import { appPointerCmdlets } from './app-pointer-cmdlets.ts'
import { assignmentCmdlets } from './assignment-cmdlets.ts'
import type { Cmdlet, ExchangeParts } from './contract.ts'
import { notModelled } from './failures.ts'
import { readParameters } from './parameters.ts'
import { recipientCmdlets } from './recipient-cmdlets.ts'
import { scopeCmdlets } from './scope-cmdlets.ts'

export type Cmdlets = ReturnType<typeof openCmdlets>

export function openCmdlets(parts: ExchangeParts) {
  const all = [
    ...accessPolicyCmdlets(parts),
    ...appPointerCmdlets(parts),
    ...scopeCmdlets(parts),
    ...assignmentCmdlets(parts),
    ...recipientCmdlets(parts),
  ]
  const byName = new Map(all.map((one) => [one.name.toLowerCase(), one]))
  return {
    names: all.map((one) => one.name),
    /** @throws {CmdletFailure} `not-modelled` */
    find(name: string): Cmdlet {
      const found = byName.get(name.toLowerCase())
      if (!found) throw notModelled(`the cmdlet ${name.replace(/[^\w-]/g, '?').slice(0, 80)}`)
      return found
    },
    /** Acknowledged means durable: one transaction for all a cmdlet changes. @throws {CmdletFailure} */
    run(cmdlet: Cmdlet, given: Readonly<Record<string, unknown>>): readonly object[] {
      const parameters = readParameters(given, cmdlet.parameters)
      return parts.context.transaction(() => cmdlet.run(parameters))
    },
  }
}
