// The one thing to do about each error, as something that can be done: a command of ours, or a place to click.
// Portal names: portal.md section 1 and Microsoft's pages of the same names. Words in capitals stand for one's own.
import { entraErrors } from './entra-errors.ts'
import { findGraphError } from './graph-errors.ts'

export interface WayOut {
  readonly name: string
  /** A command line. */
  readonly command?: string
  /** Where to click, from the admin center's menu on; or the program whose request is wrong. */
  readonly place?: string
}

type Row = readonly [name: string, how: { readonly command?: string; readonly place?: string }, codes: string]

const registration = 'Entra admin center > App registrations > NAME'
const enterprise = 'Entra admin center > Enterprise applications > NAME'

// prettier-ignore
const entraRows: readonly Row[] = [
  ['sign-in', { command: 'letterlock login' },
    '16000 50013 50034 50058 50126 50133 50140 50173 50199 54005 65001 65004 70000 70008 70018 70019 70020 70043 81010 500133 501481 700082 700084'],
  ['second-factor', { command: 'letterlock login' }, '50072 50074 50076 50078 50079'],
  ['new-password', { command: 'letterlock login' }, '50055'],
  ['unlock', { place: 'Entra admin center > Users > USER > Reset password' }, '50053'],
  ['enable-user', { place: 'Entra admin center > Users > USER > Edit properties > Settings > Account enabled' }, '50057'],
  ['invite', { place: 'Entra admin center > Users > New user > Invite external user' }, '50020 90072'],
  ['assign', { command: 'letterlock app assign USER' }, '50105'],
  ['consent', { command: 'letterlock app consent' }, '90093 90094 90095'],
  ['redirect-uri', { place: `${registration} > Authentication > Add a platform > Mobile and desktop applications` },
    '50011 500113 7000218 9002325 9002327'],
  ['spa-platform', { place: `${registration} > Authentication > Add a platform > Single-page application` }, '9002326'],
  ['permission', { place: `${registration} > API permissions > Add a permission` }, '65005 90008 650056 650057'],
  ['enable-application', { place: `${enterprise} > Properties > Enabled for users to sign in?` }, '70001 500014 7000112'],
  ['grant-role', { place: `${registration} > API permissions > Application permissions` }, '501051'],
  ['new-secret', { place: `${registration} > Certificates & secrets > Client secrets > New client secret` }, '7000215 7000222'],
  ['federated-credential', { place: `${registration} > Certificates & secrets > Federated credentials` }, '50166 700211 700212 700213 7000272'],
  ['certificate', { place: `${registration} > Certificates & secrets > Certificates > Upload certificate` }, '700027'],
  ['no-secret', { place: 'the settings of the program: take the client secret out' }, '700025'],
  ['send-credential', { place: 'the settings of the program: give it the client secret or certificate' }, '7000216'],
  ['client-id', { command: 'letterlock login --client-id ID --tenant DOMAIN' }, '700016'],
  ['tenant', { command: 'letterlock login --tenant DOMAIN' }, '50059 50194 90002 90019 650059 700005 900023 9001023'],
  ['cloud', { command: 'letterlock login --cloud NAME' }, '50049 90038 900382 900432'],
  ['scope', { command: 'letterlock login --scope LIST' }, '28000 28002 28003 70011 650053 1002012'],
  ['policy', { place: 'Entra admin center > Monitoring & health > Sign-in logs > the correlation ID > Conditional Access' },
    '50097 50131 50155 50187 53000 53001 53003 53011 135010 530003 530032 530035'],
  ['licence', { place: 'Microsoft 365 admin center > Billing > Licenses' }, '650052'],
  ['resource', { place: 'the program that sends the request: the name of the resource' }, '50001 90009 500011'],
  ['request', { place: 'the program that sends the request' },
    '50027 50147 50148 70003 70005 70007 75011 90004 90013 90014 90023 90102 240002 500112 500131 501491 700021 700023 700024 700051 700054 900144 900971 901002 1002016 7000114 9002313 9010010'],
  ['again', { place: 'the same command once more' }, '70016 90006 90012 90024 90033 90055 90090'],
  ['report', { place: 'Microsoft support, with the trace ID' }, '50000 50196'],
  ['federation', { place: 'whoever runs the organisation’s own sign-in server' }, '90020 399284'],
]

// prettier-ignore
const graphRows: readonly Row[] = [
  ['sign-in', { command: 'letterlock login' }, 'InvalidAuthenticationToken insufficient_claims'],
  ['consent', { command: 'letterlock app consent' }, 'Authorization_IdentityNotFound'],
  ['role', { place: 'Entra admin center > Roles & admins' }, 'Authorization_RequestDenied'],
  ['sign-in-log', { place: 'Entra admin center > Monitoring & health > Sign-in logs' }, 'Authentication_RequestFromNonPremiumTenantOrB2CTenant'],
  ['mailbox-access', { place: 'Exchange admin center > Mailboxes > MAILBOX > Delegation > Read and manage' },
    'ErrorAccessDenied accessDenied notAllowed extensionError'],
  ['send-as', { place: 'Exchange admin center > Mailboxes > MAILBOX > Delegation > Send as' }, 'ErrorSendAsDenied'],
  ['licence', { place: 'Microsoft 365 admin center > Users > USER > Licenses and apps' },
    'MailboxNotEnabledForRESTAPI ErrorMailboxNotEnabledForRESTAPI'],
  ['list-again', { command: 'letterlock mail list --folder PATH' },
    'ErrorItemNotFound ErrorFolderNotFound ErrorSyncFolderNotFound ErrorInvalidIdMalformed ErrorCannotDeleteObject ErrorDeleteDistinguishedFolder ErrorFolderExists'],
  ['mailbox-name', { command: 'letterlock mail list --mailbox ADDRESS' }, 'ErrorInvalidUser ErrorNonExistentMailbox'],
  ['space', { place: 'Exchange admin center > Mailboxes > MAILBOX > Mailbox usage' }, 'ErrorQuotaExceeded quotaLimitReached'],
  ['again', { place: 'the same command once more' },
    'itemNotFound ResourceNotFound Request_ResourceNotFound ErrorMailboxMoveInProgress MailboxInfoStale ErrorMailboxStoreUnavailable ErrorServerBusy ErrorTimeoutExpired ErrorInternalServerTransientError ErrorInternalServerError UnknownError generalException serviceNotAvailable serviceReadOnly ErrorIrresolvableConflict entityTagDoesNotMatch resourceModified ErrorExecuteSearchStaleData resyncRequired syncStateNotFound InvalidSyncStateData invalidRange fragmentOverlap uploadSessionNotFound'],
  ['slower', { place: 'the same command once more, when Retry-After is over' },
    'ErrorMoveCopyFailed ErrorTooManyObjectsOpened ApplicationThrottled TooManyRequests activityLimitReached ErrorExceededMessageLimit'],
  ['credential-policy', { place: 'Entra admin center > Enterprise applications > Application policies' },
    'CredentialTypeNotAllowedAsPerAppPolicy CredentialInvalidLifetimeAsPerAppPolicy'],
  ['domain', { place: 'Entra admin center > Settings > Domain names' }, 'HostNameNotOnVerifiedDomain'],
  ['report', { place: 'Microsoft support, with the request ID' }, 'malwareDetected'],
  ['message', { place: 'the program that sends the message' },
    'ErrorInvalidRecipients ErrorMessageSizeExceeded ErrorAttachmentSizeShouldNotBeLessThanMinimumSize ErrorMimeContentInvalidBase64String'],
  ['request', { place: 'the program that sends the request' },
    'ErrorInvalidRequest invalidRequest BadRequest RequestBroker--ParseUri InefficientFilter ErrorInvalidUrlQueryFilter SearchWithFilter SearchWithOrderBy ErrorPropertyValidationFailure ErrorInvalidPropertySet propertyNotUpdateable UnableToDeserializePostBody NotImplemented notSupported Request_BadRequest Request_UnsupportedQuery Request_MultipleObjectsWithSameKeyValue CannotDeleteOrUpdateEnabledEntitlement'],
]

const byCode = (rows: readonly Row[]): ReadonlyMap<string, WayOut> =>
  new Map(
    rows.flatMap(([name, how, codes]) => codes.split(' ').map((code) => [code, { name, ...how }] as const)),
  )

const entraWays = byCode(entraRows)
const graphWays = byCode(graphRows)

/** By the number of an AADSTS error; undefined for one that is not explained. */
export function wayOutOfEntra(code: number): WayOut | undefined {
  return entraErrors.has(code) ? entraWays.get(String(code)) : undefined
}

/** By Graph's code, in any letter case; undefined for one that is not explained. */
export function wayOutOfGraph(code: string): WayOut | undefined {
  const fact = findGraphError(code)
  return fact && graphWays.get(fact.code)
}

/** All rows, for the test that each code has one way and each way a code. */
export const allWays: readonly WayOut[] = [...entraRows, ...graphRows].map(([name, how]) => ({
  name,
  ...how,
}))
