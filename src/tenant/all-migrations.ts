// The tables of every part, in the order in which they are made. A snapshot that knows more of them is of a newer version.
import { directoryMigrations } from './directory/migrations.ts'
import { exchangeMigrations } from './exchange/migrations.ts'
import { grantMigrations } from './identity/migrations.ts'
import { peopleMigrations } from './identity/people-migrations.ts'
import { mailMigrations } from './mail/index.ts'
import { coreMigrations } from './store/migrations.ts'

export const allMigrations: Readonly<Record<string, readonly string[]>> = {
  core: coreMigrations,
  directory: directoryMigrations,
  mail: mailMigrations,
  grants: grantMigrations,
  people: peopleMigrations,
  exchange: exchangeMigrations,
}
