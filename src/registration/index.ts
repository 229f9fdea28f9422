export { applyPlan, type AppliedApp } from './apply.ts'
export { type AppSpec, type Audience, parseAppSpec, redirectUrisOf, specPermissions } from './app-spec.ts'
export { assignUser, type Assigned, unassignUser } from './assign.ts'
export { checkApp } from './check.ts'
export type { Finding, Findings } from './checks/finding.ts'
export { lintSpec } from './checks/lint.ts'
export { adminConsentUrl, type Consent, type ConsentRequest, grantConsent } from './consent.ts'
export type { DirectoryOptions } from './directory.ts'
export {
  type FlowNeeds,
  needsOf,
  type PermissionNeed,
  permissionsFor,
  readFlowNeeds,
  signInNeeds,
} from './flow-needs.ts'
export { limitPowerShell } from './limit/limit-text.ts'
export {
  type CmdletCall,
  type LimitPlan,
  type LimitRequest,
  type LimitScope,
  planLimit,
} from './limit/plan-limit.ts'
export { type CmdletRow, type LimitDone, type RunCmdlet, runLimit } from './limit/run-limit.ts'
export { type ConsentTaken, narrowConsent, type NarrowRequest } from './narrow-consent.ts'
export { consentPack, type PackRequest } from './pack/pack.ts'
export { type Plan, planApp, type PlannedChange } from './plan.ts'
export { appFileName, parseAppFile, readAppFile } from './read-app-file.ts'
export { type Removed, removeApp } from './remove.ts'
export { RegistrationError, registrationErrors } from './registration-error.ts'
export { type ShownApp, type ShownPermission, showApp } from './show.ts'
export {
  recipeFormats,
  type RecipeFormat,
  recipeOf,
  type RecipeRequest,
  type RecipeStep,
  type RecipeStepId,
} from './recipes/recipe.ts'
export { recipeText } from './recipes/text.ts'
