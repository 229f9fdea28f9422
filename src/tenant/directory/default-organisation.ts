// What a new data folder begins with: Contoso and its people (issue: the main job, Build 5).
import { type EntraCloudName, entraClouds } from '../../facts/entra-clouds.ts'
import type { NewTenant } from './tenants.ts'
import type { Users } from './users.ts'

export const defaultTenant = (cloud: EntraCloudName = 'global'): NewTenant => ({
  displayName: 'Contoso',
  domains: ['contoso.example', `contoso.${entraClouds[cloud].initialDomain}`],
  cloud,
})

export function createOrganisation(users: Users): void {
  users.create({
    userPrincipalName: 'admin@contoso.example',
    displayName: 'Admin',
    roles: ['Global Administrator'],
  })
  const ada = users.create({ userPrincipalName: 'ada@contoso.example', displayName: 'Ada Lovelace' })
  users.create({ userPrincipalName: 'grace@contoso.example', displayName: 'Grace Hopper' })
  const bot = users.create({ userPrincipalName: 'invoice.bot@contoso.example', displayName: 'Invoice Bot' })
  users.create({
    userPrincipalName: 'billing@contoso.example',
    displayName: 'Billing',
    mailboxKind: 'shared',
    fullAccess: [bot.id, ada.id],
    accountEnabled: false,
  })
}
