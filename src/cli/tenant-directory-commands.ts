// The words of the commands that fill the local tenant and look into it: people, applications, policies, keys, sessions, logs, seed.
import { type CommandGroup, type CommandSpec, number, on, text } from './command-spec.ts'

const userStates = {
  name: text('TEXT', 'Display name'),
  role: text('NAMES', 'Directory roles, separated by commas; replaces those there are'),
  mailbox: text('KIND', 'user, shared or none'),
  mfa: text('yes|no', 'Ask for a second factor at every sign-in'),
  enabled: text('yes|no', 'Whether sign-in is allowed'),
  guest: text('yes|no', 'Guest or member'),
  passwordState: text('STATE', 'good, expired or must-change'),
  locked: text('yes|no', 'Locked out, until it is taken away'),
  ip: text('ADDRESS', 'Where the person’s browser seems to be'),
} as const
const user = { name: 'user', brief: 'Full address of the user' }

const users: CommandGroup = {
  brief: 'Its people, their practice passwords and the states of their accounts',
  byDefault: 'list',
  commands: {
    list: {
      brief: 'List its people and their practice passwords',
      examples: ['letterlock tenant users list', 'letterlock tenant users list --json'],
      load: () => import('./commands/tenant-users-list.ts'),
    },
    add: {
      brief: 'Add a person; a password is drawn',
      examples: [
        'letterlock tenant users add nina@contoso.example',
        'letterlock tenant users add nina@contoso.example --mfa yes --role "Application Administrator"',
      ],
      flags: userStates,
      args: [user],
      load: () => import('./commands/tenant-users-add.ts'),
    },
    set: {
      brief: 'Set what is given of a person',
      examples: [
        'letterlock tenant users set ada@contoso.example --locked yes',
        'letterlock tenant users set ada@contoso.example --password-state expired --json',
      ],
      flags: userStates,
      args: [user],
      load: () => import('./commands/tenant-users-set.ts'),
    },
    'reset-password': {
      brief: 'Draw a new password; the next sign-in must set another',
      examples: [
        'letterlock tenant users reset-password ada@contoso.example',
        'letterlock tenant users reset-password ada@contoso.example --keep',
      ],
      flags: { keep: on('The new password may stay') },
      args: [user],
      load: () => import('./commands/tenant-users-reset-password.ts'),
    },
    remove: {
      brief: 'Put a person into the recycle bin',
      examples: [
        'letterlock tenant users remove grace@contoso.example',
        'letterlock tenant users remove grace@contoso.example --json',
      ],
      args: [user],
      load: () => import('./commands/tenant-users-remove.ts'),
    },
  },
}

const apps: CommandGroup = {
  brief: 'Its applications, for tests; "letterlock app" makes them as on a real tenant',
  byDefault: 'list',
  commands: {
    list: {
      brief: 'List its applications',
      examples: ['letterlock tenant apps list', 'letterlock tenant apps list --json'],
      load: () => import('./commands/tenant-apps-list.ts'),
    },
    add: {
      brief: 'Make an application with consent, assignments and a secret, in one go',
      examples: [
        'letterlock tenant apps add "Invoice bot" --redirect http://localhost --permission Mail.ReadWrite,Mail.Send --consent all',
        'letterlock tenant apps add Report --role User.Read.All --consent all --secret --json',
      ],
      flags: {
        redirect: text('URIS', 'Redirect URIs, separated by commas'),
        platform: text('NAME', 'publicClient, web or spa: whose they are; publicClient if not given'),
        publicClient: on('Allow public client flows: device code and password'),
        permission: text('NAMES', 'Delegated permissions of Microsoft Graph, separated by commas'),
        role: text('NAMES', 'Application permissions of Microsoft Graph, separated by commas'),
        consent: text('WHO', 'all, or users separated by commas; nobody if not given'),
        assign: text('USERS', 'Users assigned to it, separated by commas; nobody else can sign in'),
        secret: on('With a client secret, which is shown once'),
        certificate: text('FILE', 'With this certificate (PEM)'),
        clientId: text('ID', 'A client ID of your choice'),
      },
      args: [{ name: 'name', brief: 'Its name' }],
      load: () => import('./commands/tenant-apps-add.ts'),
    },
    set: {
      brief: 'Set who may use an application',
      examples: [
        'letterlock tenant apps set Report --assign ada@contoso.example',
        'letterlock tenant apps set Report --enabled no --json',
      ],
      flags: {
        assignmentRequired: text('yes|no', 'Only those assigned may sign in'),
        assign: text('USERS', 'Assign these users, separated by commas'),
        enabled: text('yes|no', 'Whether anybody may sign in'),
      },
      args: [{ name: 'app', brief: 'Its client ID or name' }],
      load: () => import('./commands/tenant-apps-set.ts'),
    },
    remove: {
      brief: 'Put an application into the recycle bin',
      examples: ['letterlock tenant apps remove Report', 'letterlock tenant apps remove Report --json'],
      args: [{ name: 'app', brief: 'Its client ID or name' }],
      load: () => import('./commands/tenant-apps-remove.ts'),
    },
  },
}

const policies: CommandGroup = {
  brief: 'What it allows: consent by people, tokens, sending; conditional access',
  byDefault: 'show',
  commands: {
    show: {
      brief: 'Show its policies',
      examples: ['letterlock tenant policies show', 'letterlock tenant policies show --json'],
      load: () => import('./commands/tenant-policies-show.ts'),
    },
    set: {
      brief: 'Set policies, each as NAME=VALUE',
      examples: [
        'letterlock tenant policies set userConsent=legacy',
        'letterlock tenant policies set singleUseRefreshTokens=true staySignedIn=false',
      ],
      args: [{ name: 'policy', brief: 'NAME=VALUE, names from "tenant policies show"', rest: true }],
      load: () => import('./commands/tenant-policies-set.ts'),
    },
    add: {
      brief: 'Add a policy of conditional access, a named location or a token lifetime',
      examples: ['letterlock tenant policies add mfa.yaml', 'letterlock tenant policies add mfa.json --json'],
      args: [{ name: 'file', brief: 'YAML or JSON with "kind" and "policy", as docs/tenant.md shows' }],
      load: () => import('./commands/tenant-policies-add.ts'),
    },
    remove: {
      brief: 'Remove such a policy',
      examples: [
        'letterlock tenant policies remove "Second factor"',
        'letterlock tenant policies remove 9f31c0aa --json',
      ],
      args: [{ name: 'policy', brief: 'Its name or id' }],
      load: () => import('./commands/tenant-policies-remove.ts'),
    },
  },
}

const keys: CommandGroup = {
  brief: 'The keys that sign its tokens',
  byDefault: 'list',
  commands: {
    list: {
      brief: 'List published keys',
      examples: ['letterlock tenant keys list', 'letterlock tenant keys list --json'],
      load: () => import('./commands/tenant-keys-list.ts'),
    },
    rotate: {
      brief: 'Sign with a new key from now on; the old one stays published',
      examples: ['letterlock tenant keys rotate', 'letterlock tenant keys rotate --json'],
      load: () => import('./commands/tenant-keys-rotate.ts'),
    },
    withdraw: {
      brief: 'Publish an older key no more: tokens that it signed are refused',
      examples: ['letterlock tenant keys withdraw older', 'letterlock tenant keys withdraw 9f31c0aa --json'],
      args: [
        { name: 'key', brief: 'Its name from "tenant keys list", or older: all but the one that signs' },
      ],
      load: () => import('./commands/tenant-keys-withdraw.ts'),
    },
  },
}

const whose = {
  user: text('NAME', 'Of this person'),
  app: text('NAME', 'Of this application: client ID or name'),
} as const
const sessions: CommandGroup = {
  brief: 'Who is signed in',
  byDefault: 'list',
  commands: {
    list: {
      brief: 'List browser sessions and refresh tokens, never their secrets',
      examples: [
        'letterlock tenant sessions list',
        'letterlock tenant sessions list --user ada@contoso.example --json',
      ],
      flags: whose,
      load: () => import('./commands/tenant-sessions-list.ts'),
    },
    revoke: {
      brief: 'End all sign-ins of a person, or the refresh tokens of an application',
      examples: [
        'letterlock tenant sessions revoke --user ada@contoso.example',
        'letterlock tenant sessions revoke --app Report',
      ],
      flags: whose,
      load: () => import('./commands/tenant-sessions-revoke.ts'),
    },
  },
}

const log: CommandSpec = {
  brief: 'Show what was asked of it; sign-ins or changes of the directory instead, if you like',
  examples: ['letterlock tenant log --sign-ins --last 20', 'letterlock tenant log --follow'],
  flags: {
    follow: on('Go on until Ctrl-C, as things happen'),
    signIns: on('Sign-ins'),
    changes: on('Changes of the directory'),
    last: number('N', 'Begin with so many of the newest; 20 if not given'),
  },
  load: () => import('./commands/tenant-log.ts'),
}

const seed: CommandSpec = {
  brief: 'Make users, applications, settings, time and faults of a file: all of it, or nothing',
  examples: ['letterlock tenant seed tenant.yaml', 'letterlock tenant seed tenant.json --json'],
  args: [{ name: 'file', brief: 'YAML or JSON, as docs/tenant.md shows' }],
  load: () => import('./commands/tenant-seed.ts'),
}

const yes = { yes: on('Do not ask') } as const
const exported: CommandSpec = {
  brief: 'Write everything it holds into one file; passwords and signing keys are in it',
  examples: ['letterlock tenant export monday.db', 'letterlock tenant export monday.db --json'],
  args: [{ name: 'file', brief: 'A new file; readable by you alone' }],
  load: () => import('./commands/tenant-export.ts'),
}
const imported: CommandSpec = {
  brief: 'Put such a file in the place of everything it holds; a copy of that is kept',
  examples: ['letterlock tenant import monday.db', 'letterlock tenant import monday.db --yes --json'],
  flags: yes,
  args: [{ name: 'file', brief: 'A file of "tenant export", of this version or an older one' }],
  load: () => import('./commands/tenant-import.ts'),
}
const reset: CommandSpec = {
  brief: 'Begin anew with an empty directory; a copy of what it held is kept',
  examples: ['letterlock tenant reset', 'letterlock tenant reset --yes'],
  flags: yes,
  load: () => import('./commands/tenant-reset.ts'),
}

const list: CommandSpec = {
  brief: 'List its organisations: one, unless more were added',
  examples: ['letterlock tenant list', 'letterlock tenant list --json'],
  load: () => import('./commands/tenant-list.ts'),
}
const add: CommandSpec = {
  brief: 'Add an organisation of its own, with an administrator',
  examples: [
    'letterlock tenant add Fabrikam --domain fabrikam.example',
    'letterlock tenant add Fabrikam --domain fabrikam.example --cloud gcc-high --json',
  ],
  flags: { domain: text('NAMES', 'Its domains, separated by commas; Microsoft’s own is added') },
  args: [{ name: 'name', brief: 'Its name' }],
  load: () => import('./commands/tenant-add.ts'),
}

export const tenantDirectoryCommands = {
  list,
  add,
  users,
  apps,
  policies,
  keys,
  sessions,
  log,
  seed,
  export: exported,
  import: imported,
  reset,
} as const
