import { text } from 'node:stream/consumers'

/** `store` and `erase`: git tells us what it was given. The vault knows already, so it is read and forgotten. */
export async function run(): Promise<void> {
  await text(process.stdin)
}
