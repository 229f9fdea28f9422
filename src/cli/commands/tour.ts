import type { ExitCode, Invocation } from '../invocation.ts'
import type { TourFlags } from '../tour/tour.ts'

export async function run(invocation: Invocation<TourFlags>): Promise<ExitCode> {
  const { takeTour } = await import('../tour/tour.ts')
  return takeTour(invocation)
}
