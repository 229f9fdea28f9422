// What Microsoft Graph's error codes mean and the one thing to do, in our own words.
// Source: Microsoft Graph "Error responses", Exchange response codes, public reports (graph-mail.md §10). Read 2026-11-24.
// Columns: codes with this meaning, usual status, meaning, fix, recovery. Compare codes without regard to case.
import type { Recovery } from './recovery.ts'

export interface GraphErrorFact {
  readonly code: string
  readonly status: number
  readonly meaning: string
  readonly fix: string
  readonly who: 'you' | 'administrator'
  readonly recovery: Recovery
}

type Row = [string, number, string, string, Recovery]

// prettier-ignore
const rows: readonly Row[] = [
  ['InvalidAuthenticationToken', 401, 'The access token is empty, malformed, expired or for another service.', 'Sign in again.', 'sign-in-again'],
  ['insufficient_claims', 401, 'Microsoft ended the session early and asks for a fresh token with the claims it names.', 'Sign in again.', 'sign-in-again'],
  ['Authorization_RequestDenied', 403, 'The token lacks the permission, or the person the role, that this directory call needs.', 'Ask an administrator, or sign in as one.', 'ask-admin'],
  ['Authorization_IdentityNotFound', 401, 'The application is not present in this tenant.', 'Ask an administrator to add and consent to the application.', 'ask-admin'],
  ['Authentication_RequestFromNonPremiumTenantOrB2CTenant', 403, 'The sign-in log needs an Entra ID P1 licence.', 'Ask an administrator to look in the portal instead.', 'ask-admin'],
  ['ErrorAccessDenied', 403, 'A permission is missing, the mailbox is not shared with this person, or an application policy forbids it.', 'Ask an administrator for access to this mailbox.', 'ask-admin'],
  ['accessDenied notAllowed extensionError', 403, 'The mailbox is on the organisation’s own server, or an application policy forbids it.', 'Ask an administrator for access to this mailbox.', 'ask-admin'],
  ['ErrorSendAsDenied', 403, 'The account may not send as, or on behalf of, this sender.', 'Ask an administrator for Send As on that mailbox.', 'ask-admin'],
  ['ErrorItemNotFound', 404, 'The message was moved or deleted.', 'List the folder again.', 'fix-configuration'],
  ['ErrorFolderNotFound ErrorSyncFolderNotFound', 404, 'The folder does not exist any more.', 'Name a folder that exists.', 'fix-configuration'],
  ['itemNotFound ResourceNotFound', 404, 'The path is wrong, or the mailbox of a new user is not ready yet.', 'Wait fifteen minutes for a new mailbox, else correct the path.', 'retry'],
  ['ErrorInvalidUser', 404, 'There is no such user.', 'Correct the address of the mailbox.', 'fix-configuration'],
  ['Request_ResourceNotFound', 404, 'The directory has no such object, or has it only for a few seconds.', 'Run it again; if it stays, correct the name.', 'fix-configuration'],
  ['MailboxNotEnabledForRESTAPI ErrorMailboxNotEnabledForRESTAPI', 404, 'The account has no mailbox in Exchange Online: no licence, inactive, or on another server.', 'Ask an administrator for an Exchange Online licence.', 'ask-admin'],
  ['ErrorNonExistentMailbox', 404, 'The address has no mailbox.', 'Correct the address of the mailbox.', 'fix-configuration'],
  ['ErrorMailboxMoveInProgress', 503, 'The mailbox is being migrated.', 'Wait some minutes and run it again.', 'retry'],
  ['MailboxInfoStale', 503, 'Microsoft’s record of where the mailbox lives is out of date.', 'Run it again; if it stays, name the mailbox by its object ID.', 'retry'],
  ['ErrorMailboxStoreUnavailable ErrorServerBusy ErrorTimeoutExpired', 503, 'The mailbox server is busy or out of reach for a moment.', 'Run it again.', 'retry'],
  ['ErrorInternalServerTransientError ErrorInternalServerError', 500, 'The mailbox server failed for a moment.', 'Run it again.', 'retry'],
  ['ErrorMoveCopyFailed', 500, 'Too many messages of one mailbox were moved in a short while.', 'Run it again, more slowly.', 'retry'],
  ['ErrorTooManyObjectsOpened', 429, 'Too many messages of one mailbox were moved in a short while.', 'Run it again, more slowly.', 'retry'],
  ['ApplicationThrottled TooManyRequests activityLimitReached', 429, 'More requests than Microsoft allows were sent.', 'Wait for the time in Retry-After.', 'retry'],
  ['UnknownError', 504, 'The service gave up without saying why; a write may have happened all the same.', 'Look whether it happened, then run it again with a smaller page.', 'retry'],
  ['generalException', 500, 'The service failed without saying why.', 'Run it again; report it with the request ID if it stays.', 'retry'],
  ['malwareDetected', 500, 'Microsoft judged the content to be malware.', 'Report it with the request ID.', 'report'],
  ['serviceNotAvailable serviceReadOnly', 503, 'The service is unavailable for a moment.', 'Run it again.', 'retry'],
  ['ErrorInvalidIdMalformed', 400, 'The ID cannot be read, or no well-known folder has that name.', 'Copy the whole ID.', 'fix-configuration'],
  ['ErrorInvalidRecipients', 400, 'A recipient is not valid, or there is none.', 'Correct the recipients.', 'fix-configuration'],
  ['ErrorMessageSizeExceeded', 413, 'The message is larger than the mailbox allows.', 'Send a smaller message.', 'fix-configuration'],
  ['ErrorAttachmentSizeShouldNotBeLessThanMinimumSize', 400, 'The attachment is too small for an upload session.', 'Add it with a plain POST.', 'fix-configuration'],
  ['ErrorMimeContentInvalidBase64String', 400, 'The MIME content is not valid base64.', 'Encode the message as base64.', 'fix-configuration'],
  ['ErrorQuotaExceeded quotaLimitReached', 507, 'The mailbox is full.', 'Ask an administrator for space, or empty the mailbox.', 'ask-admin'],
  ['ErrorExceededMessageLimit', 429, 'The daily sending limit of the mailbox is reached.', 'Run it again tomorrow.', 'retry'],
  ['ErrorFolderExists', 409, 'A folder of that name is there already.', 'Use the folder that exists.', 'fix-configuration'],
  ['ErrorIrresolvableConflict entityTagDoesNotMatch resourceModified', 412, 'Somebody changed the message in the meantime.', 'Read it again, then change it.', 'retry'],
  ['ErrorCannotDeleteObject', 400, 'The message is deleted already.', 'Nothing: count it as done.', 'report'],
  ['ErrorDeleteDistinguishedFolder', 400, 'A built-in folder cannot be deleted.', 'Name another folder.', 'fix-configuration'],
  ['ErrorInvalidRequest invalidRequest BadRequest', 400, 'The URL or the body is not well formed.', 'Correct the request.', 'fix-configuration'],
  ['RequestBroker--ParseUri', 400, 'The URL cannot be read: an ID that is not encoded, or a name that does not exist.', 'Encode the ID and check the names.', 'fix-configuration'],
  ['InefficientFilter', 400, 'The sort order does not fit the filter.', 'Put the properties of $orderby into $filter, first and in the same order.', 'fix-configuration'],
  ['ErrorInvalidUrlQueryFilter', 400, 'The filter uses an operator that mail does not support.', 'Filter on fewer properties.', 'fix-configuration'],
  ['SearchWithFilter SearchWithOrderBy', 400, 'A search cannot be combined with a filter or a sort order.', 'Drop one of the two.', 'fix-configuration'],
  ['ErrorExecuteSearchStaleData', 400, 'The search result is too old to go on with.', 'Search again from the first page.', 'retry'],
  ['ErrorPropertyValidationFailure ErrorInvalidPropertySet propertyNotUpdateable', 400, 'A property that cannot be changed was sent.', 'Send only what can be changed.', 'fix-configuration'],
  ['UnableToDeserializePostBody', 400, 'The body is not the JSON object that is expected.', 'Correct the body.', 'fix-configuration'],
  ['resyncRequired syncStateNotFound InvalidSyncStateData', 410, 'The delta round cannot go on from where it was.', 'Start the delta round again.', 'retry'],
  ['invalidRange fragmentOverlap', 416, 'The upload went on at the wrong place.', 'Ask the upload session where to go on.', 'retry'],
  ['uploadSessionNotFound', 404, 'The upload session has ended.', 'Start the upload again.', 'retry'],
  ['NotImplemented notSupported', 501, 'The service does not offer this call.', 'Do it another way.', 'fix-configuration'],
  ['Request_BadRequest', 400, 'A value in a directory call is not valid.', 'Correct the value that the text names.', 'fix-configuration'],
  ['Request_UnsupportedQuery', 400, 'The directory query needs ConsistencyLevel: eventual, or is not supported.', 'Send the header ConsistencyLevel: eventual.', 'fix-configuration'],
  ['Request_MultipleObjectsWithSameKeyValue', 409, 'The object is there already.', 'Change the one that exists.', 'fix-configuration'],
  ['HostNameNotOnVerifiedDomain', 400, 'The identifier URI is not on a verified domain of the organisation.', 'Use a verified domain.', 'fix-configuration'],
  ['CannotDeleteOrUpdateEnabledEntitlement', 400, 'An enabled scope or role must be disabled before it is removed.', 'Disable it first.', 'fix-configuration'],
  ['CredentialTypeNotAllowedAsPerAppPolicy CredentialInvalidLifetimeAsPerAppPolicy', 400, 'A policy of the organisation forbids this kind or life of credential.', 'Ask an administrator which credentials the policy allows.', 'ask-admin'],
]

/** By code, as Microsoft writes it. Use `findGraphError` to look one up in any letter case. */
export const graphErrors: ReadonlyMap<string, GraphErrorFact> = new Map(
  rows.flatMap(([codes, status, meaning, fix, recovery]) => {
    const who = recovery === 'ask-admin' ? 'administrator' : 'you'
    return codes.split(' ').map((code) => [code, { code, status, meaning, fix, who, recovery }] as const)
  }),
)

const byLowerCase = new Map([...graphErrors].map(([code, fact]) => [code.toLowerCase(), fact]))

export function findGraphError(code: string): GraphErrorFact | undefined {
  return byLowerCase.get(code.toLowerCase())
}
