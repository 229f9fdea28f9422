import * as v from 'valibot'
import { NewApp, SeededApp } from './applications.ts'
import { NewUser, User } from './people.ts'
import { about, count, text } from './words.ts'

const domain = v.pipe(
  v.string(),
  v.maxLength(253),
  v.regex(/^[\dA-Za-z-]+(\.[\dA-Za-z-]+)+$/, 'must be a domain name'),
)

const cloud = v.picklist(['global', 'gcc-high'])

const known = {
  id: text,
  displayName: text,
  domains: about(v.array(text), 'The first is the default one.'),
  cloud,
  primary: about(v.boolean(), 'Meant where no tenant is named.'),
}

export const Tenant = v.strictObject({ ...known, users: count })

export const NewTenant = v.strictObject({
  displayName: text,
  domains: about(
    v.pipe(v.array(domain), v.minLength(1), v.maxLength(50)),
    'A name under onmicrosoft.com (onmicrosoft.us in GCC High) is added if there is none.',
  ),
  cloud: v.optional(about(cloud, 'Default: that of the first tenant.')),
  users: v.optional(about(v.array(NewUser), 'Default: one Global Administrator, admin@ the first domain.')),
  apps: v.optional(v.array(NewApp)),
})

export const CreatedTenant = v.strictObject({
  ...known,
  users: v.array(User),
  apps: v.array(SeededApp),
})
