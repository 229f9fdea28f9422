// The schema of letterlock.app.yaml. docs/reference/letterlock.app.schema.json is made of it for editors.
import * as v from 'valibot'
import { registrationLimits } from '../facts/limits.ts'

const text = v.pipe(v.string('must be a text'), v.trim(), v.minLength(1, 'must not be empty'))
const uriList = v.pipe(
  v.array(text, 'must be a list'),
  v.maxLength(registrationLimits.redirectUrisMax, 'may hold 256 redirect URIs at most'),
)
const guid = v.pipe(text, v.regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be a GUID'))
const address = v.pipe(text, v.regex(/@/, 'must be a full address'))
const yesOrNo = v.boolean('must be true or false')
const permissionNames = v.pipe(
  v.array(text, 'must be a list'),
  v.maxLength(registrationLimits.permissionsMax, 'may hold 400 permissions at most'),
)

export const appFileSchema = v.strictObject(
  {
    name: v.pipe(
      text,
      v.maxLength(registrationLimits.nameMaxLength, 'may be 120 characters long at most'),
      v.check(
        (name) => !/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(name),
        'must be one line, without marks that turn the direction of writing',
      ),
      v.description('The name of the registration, as people see it on the consent page.'),
    ),
    clientId: v.pipe(
      v.optional(guid),
      v.description(
        'Application (client) ID of a registration that is there already: it is found by it, and may be renamed.',
      ),
    ),
    audience: v.pipe(
      v.optional(
        v.picklist(
          ['AzureADMyOrg', 'AzureADMultipleOrgs', 'AzureADandPersonalMicrosoftAccount'],
          'must be AzureADMyOrg, AzureADMultipleOrgs or AzureADandPersonalMicrosoftAccount',
        ),
        'AzureADMyOrg',
      ),
      v.description('Whose accounts may sign in. AzureADMyOrg, this organisation only, is right for a bot.'),
    ),
    client: v.pipe(
      v.optional(v.picklist(['public', 'confidential'], 'must be public or confidential'), 'public'),
      v.description('public: a program on somebody’s machine, which can keep no secret and gets none.'),
    ),
    redirectUris: v.pipe(
      v.optional(
        v.union(
          [
            uriList,
            v.strictObject({
              publicClient: v.optional(uriList),
              web: v.optional(uriList),
              spa: v.optional(uriList),
            }),
          ],
          'must be a list, or an object of the lists publicClient, web and spa',
        ),
        [],
      ),
      v.description(
        'A plain list stands for "Mobile and desktop applications" of a public client, "Web" of a confidential one.',
      ),
    ),
    permissions: v.pipe(
      permissionNames,
      v.description(
        'Delegated permissions of Microsoft Graph. See what a flow needs: letterlock app plan --for FLOW.',
      ),
    ),
    applicationPermissions: v.pipe(
      v.optional(permissionNames),
      v.description(
        'Application permissions of Microsoft Graph: access with no user at all. Fence them: letterlock app limit.',
      ),
    ),
    assignmentRequired: v.pipe(
      v.optional(yesOrNo, false),
      v.description('Only those under "assigned" can sign in.'),
    ),
    assigned: v.pipe(
      v.optional(v.array(address, 'must be a list'), []),
      v.description('Full addresses of the users that may use it.'),
    ),
    flows: v.pipe(
      v.optional(v.array(text, 'must be a list')),
      v.description('Flow files it is for; "app check" compares the permissions with what they need.'),
    ),
  },
  (issue) => (issue.expected === 'never' ? 'is not known here' : 'is missing'),
)
