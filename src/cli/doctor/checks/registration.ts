// The registration against letterlock.app.yaml, where there is one and somebody may look.
import type { AdminFlags } from '../../admin.ts'
import type { AppFlags } from '../../commands/app-target.ts'
import type { Invocation } from '../../invocation.ts'
import { type Finding, fine, notChecked, problemOf } from '../finding.ts'

/** On the local tenant its administrator is played; elsewhere nobody is signed in for this. */
export async function checkRegistration(
  invocation: Invocation<AdminFlags & AppFlags>,
  cloudName: string,
): Promise<Finding[]> {
  const { readSpecIfThere } = await import('../../commands/app-target.ts')
  try {
    const spec = await readSpecIfThere(invocation)
    if (!spec) return [notChecked('registration', 'the registration', 'a letterlock.app.yaml in this folder')]
    if (cloudName !== 'local' && !invocation.secrets.token && !invocation.flags.adminTokenCommand)
      return [notChecked('registration', 'the registration', 'Application.Read.All: letterlock app check')]
    const [{ connectAdmin }, { checkApp }] = await Promise.all([
      import('../../admin.ts'),
      import('../../../registration/index.ts'),
    ])
    const { graph } = await connectAdmin(invocation, 'read')
    const findings = await checkApp(graph, spec)
    const notFine = findings.filter((one) => one.level !== 'ok')
    if (notFine.length === 0) return [fine('registration', 'the registration is as the app file says')]
    return notFine.map(({ level, what, fix, who, code }) => ({
      check: 'registration',
      level,
      what,
      code,
      ...(fix && { fix, how: howOf(fix) }),
      who: who === 'administrator' ? 'an administrator' : 'you',
      recovery: who === 'administrator' ? 'ask-admin' : 'fix-configuration',
    }))
  } catch (error) {
    return [await problemOf('registration', error)]
  }
}

const howOf = (fix: string): string => /letterlock app \w+/.exec(fix)?.[0] ?? 'letterlock app check'
