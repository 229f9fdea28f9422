// What goes in and out of the control API. Bodies are checked by it, and the OpenAPI file is made from it, so that the two
// cannot differ. Loaded at the first body: the tenant is ready sooner.
import * as v from 'valibot'
import { App, AppChange, NewApp, SeededApp } from './applications.ts'
import * as exchange from './exchange.ts'
import { NewGuest, NewUser, PasswordReset, User, UserChange } from './people.ts'
import { NewPolicy, Policy } from './policies.ts'
import * as records from './records.ts'
import { Clock, ClockChange, Fault, Keys, NewFault, Settings, SettingsChange } from './simulation.ts'
import { CreatedTenant, NewTenant, Tenant } from './tenants.ts'
import { about, count, text } from './words.ts'

const Seed = v.strictObject({
  users: v.optional(about(v.array(NewUser), 'Made; who exists already is set as said here.')),
  apps: v.optional(v.array(NewApp)),
  policies: v.optional(v.array(NewPolicy)),
  settings: v.optional(SettingsChange),
  clock: v.optional(ClockChange),
  faults: v.optional(v.array(NewFault)),
})

/** By name; under components in the OpenAPI file. */
export const schemas = {
  Problem: v.strictObject({ error: v.looseObject({ code: text, message: v.string() }) }),
  Status: v.strictObject({
    origin: text,
    tenantId: text,
    pid: count,
    dataDir: v.string(),
    clock: Clock,
    users: count,
    faults: count,
    settings: Settings,
  }),
  Tenant,
  Tenants: v.array(Tenant),
  NewTenant,
  CreatedTenant,
  User,
  Users: v.array(User),
  NewUser,
  NewGuest,
  UserChange,
  PasswordReset,
  App,
  Apps: v.array(App),
  NewApp,
  AppChange,
  SeededApp,
  Policy,
  Policies: v.array(Policy),
  NewPolicy,
  Seed,
  Seeded: v.strictObject({
    users: v.array(User),
    apps: v.array(SeededApp),
    policies: v.array(Policy),
    settings: Settings,
    clock: Clock,
    faults: v.array(Fault),
  }),
  Settings,
  SettingsChange,
  Clock,
  ClockChange,
  Fault,
  Faults: v.array(Fault),
  NewFault,
  Keys,
  Session: records.Session,
  Sessions: v.array(records.Session),
  SignIn: records.SignIn,
  SignIns: v.array(records.SignIn),
  DirectoryAudit: records.DirectoryAudit,
  DirectoryAudits: v.array(records.DirectoryAudit),
  LoggedRequest: records.LoggedRequest,
  LoggedRequests: v.array(records.LoggedRequest),
  ImportReport: records.ImportReport,
  InspectedMessages: v.array(records.InspectedMessage),
  OutboundMessages: v.array(records.OutboundMessage),
  ExchangeState: exchange.ExchangeState,
  CmdletCall: exchange.CmdletCall,
  CmdletRows: exchange.CmdletRows,
  MailboxLimit: exchange.MailboxLimit,
  LimitMade: exchange.LimitMade,
  AppAccess: exchange.AppAccess,
  Removed: v.strictObject({ removed: count }),
  Replaced: v.strictObject({ kept: about(v.string(), 'The file that keeps what there was.') }),
  Done: v.strictObject({ ok: v.literal(true) }),
}
