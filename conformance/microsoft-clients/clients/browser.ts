// The program that $BROWSER names: opens the address it is given as the person of the environment.
import { browse } from './browse.ts'

await browse(process.argv[2]!, {
  login: process.env['PERSON_LOGIN']!,
  password: process.env['PERSON_PASSWORD']!,
})
