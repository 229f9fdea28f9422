// Every command's words: flags, arguments, two examples. What a command does is loaded only when it runs.
import { type CommandGroup, type FlagSpec, number, on, text } from './command-spec.ts'
import { tenantDirectoryCommands } from './tenant-directory-commands.ts'

export type { CommandGroup, CommandSpec, FlagSpec } from './command-spec.ts'

export const commonFlags = {
  json: on('JSON on stdout: one object, or one a line for lists'),
  quiet: on('Say nothing on the way'),
  account: text('NAME', 'The signed-in account to use'),
  cloud: text('NAME|FILE', 'local, global, gcc-high, dod, china, or a file with "authority" and "graph"'),
} as const satisfies Record<string, FlagSpec>

const admin = {
  tenant: text('NAME', 'local, a domain or a tenant ID'),
  browser: on('On the local tenant: sign in yourself, in your browser'),
  adminTokenCommand: text('CMD', 'A command that prints an administrator’s access token'),
  adminClient: text('ID', 'Another client ID to sign the administrator in with'),
} as const
const appFile = { file: text('FILE', 'The app file; letterlock.app.yaml if not given') } as const
const appId = { appId: text('ID', 'The client ID, if not that of the app file') } as const
const forFlows = { for: text('FLOWS', 'Ask for what these flow files need, separated by commas') } as const
const yes = { yes: on('Do not ask') } as const

const app: CommandGroup = {
  brief: 'The app registration as code: letterlock.app.yaml',
  commands: {
    plan: {
      brief: 'Show what "apply" would change',
      examples: ['letterlock app plan', 'letterlock app plan --for invoices.flow.ts'],
      flags: { ...appFile, ...appId, ...admin, ...forFlows },
      load: () => import('./commands/app-plan.ts'),
    },
    apply: {
      brief: 'Make the registration as the app file says',
      examples: ['letterlock app apply', 'letterlock app apply --tenant contoso.com --yes'],
      flags: { ...appFile, ...appId, ...admin, ...yes },
      load: () => import('./commands/app-apply.ts'),
    },
    check: {
      brief: 'Say what does not fit, with one fix each',
      examples: ['letterlock app check', 'letterlock app check --json'],
      flags: { ...appFile, ...appId, ...admin },
      load: () => import('./commands/app-check.ts'),
    },
    consent: {
      brief: 'Grant admin consent to the permissions of the app file, or prepare it for an administrator',
      examples: [
        'letterlock app consent --for-user bot@contoso.com',
        'letterlock app consent --pack approve.html --tenant contoso.com',
      ],
      flags: {
        ...appFile,
        ...appId,
        ...admin,
        ...yes,
        forUser: text('NAME', 'For this user alone, not the whole organisation'),
        ...forFlows,
        pack: text('FILE', 'Write a page for an administrator: what, why, how to approve, check and revoke'),
        url: on('Print the address of Microsoft’s admin consent page'),
        exact: on('Also take away what is granted beyond the app file'),
      },
      load: () => import('./commands/app-consent.ts'),
    },
    assign: {
      brief: 'Let a user use the application',
      examples: [
        'letterlock app assign bot@contoso.com',
        'letterlock app assign bot@contoso.com --app-id 9b1d…',
      ],
      flags: { ...appFile, ...appId, ...admin, ...yes, remove: on('Take the assignment away') },
      args: [{ name: 'user', brief: 'Full address of the user' }],
      load: () => import('./commands/app-assign.ts'),
    },
    limit: {
      brief: 'Fence application permissions to some mailboxes, in Exchange Online',
      examples: [
        'letterlock app limit --mailbox bot@contoso.com',
        'letterlock app limit --group bots@contoso.com --legacy',
      ],
      flags: {
        ...appFile,
        ...appId,
        ...admin,
        ...yes,
        mailbox: text('LIST', 'The mailboxes that stay open, separated by commas'),
        group: text('ADDRESS', 'Or the direct members of this mail-enabled security group'),
        legacy: on('An application access policy instead of RBAC for Applications; deprecated'),
        run: on('On a real tenant: run the PowerShell that is printed, if pwsh is installed'),
      },
      load: () => import('./commands/app-limit.ts'),
    },
    show: {
      brief: 'Show the registration as it is in the directory, or its app file as commands of another tool',
      examples: ['letterlock app show', 'letterlock app show --format az --tenant contoso.com'],
      flags: {
        ...appFile,
        ...appId,
        ...admin,
        format: text('NAME', 'portal, az, pwsh, rest or m365: the steps for people who may not run us'),
        forUser: text('NAME', 'With --format: consent for this user alone'),
      },
      load: () => import('./commands/app-show.ts'),
    },
    remove: {
      brief: 'Delete the registration; it stays in the recycle bin for 30 days',
      examples: ['letterlock app remove', 'letterlock app remove --app-id 9b1d… --yes'],
      flags: { ...appFile, ...appId, ...admin, ...yes },
      load: () => import('./commands/app-remove.ts'),
    },
  },
}

const credential: CommandGroup = {
  brief: 'As git asks its credential helpers: stdin and stdout are lines of name=value',
  commands: {
    get: {
      brief: 'Answer with an access token, if the host is one that it is for',
      examples: [
        'letterlock credential get < question.txt',
        'printf "url=https://graph.microsoft.com\\n\\n" | letterlock credential get',
      ],
      load: () => import('./commands/credential-get.ts'),
    },
    store: {
      brief: 'Nothing to do: the vault keeps its own',
      examples: ['letterlock credential store', 'letterlock credential store --quiet'],
      load: () => import('./commands/credential-store.ts'),
    },
    erase: {
      brief: 'Nothing to do: letterlock logout forgets an account',
      examples: ['letterlock credential erase', 'letterlock credential erase --quiet'],
      load: () => import('./commands/credential-store.ts'),
    },
  },
}

const mail: CommandGroup = {
  brief: 'Read one mailbox',
  commands: {
    list: {
      brief: 'List messages, newest first',
      examples: ['letterlock mail list', 'letterlock mail list --folder Inbox/Booked --top 100 --json'],
      flags: {
        folder: text('PATH', 'Inbox if not given'),
        top: number('N', 'At most so many; 25 if not given'),
        unread: on('Only unread messages'),
        since: text('WHEN', 'Received since a date, or so long ago: 30d'),
        mailbox: text('ADDRESS', 'Another mailbox that the account may open'),
      },
      load: () => import('./commands/mail-list.ts'),
    },
    show: {
      brief: 'Show one message',
      examples: ['letterlock mail show AAkALg…', 'letterlock mail show AAkALg… --headers --json'],
      flags: {
        headers: on('With all header lines'),
        mailbox: text('ADDRESS', 'Another mailbox that the account may open'),
      },
      args: [{ name: 'id', brief: 'Id of the message, from "mail list"' }],
      load: () => import('./commands/mail-show.ts'),
    },
  },
}

const tenant: CommandGroup = {
  brief: 'The local tenant: a stand-in of Entra ID and Exchange on this machine',
  commands: {
    up: {
      brief: 'Start the local tenant, or find the one that is up',
      examples: ['letterlock tenant up --proxy', 'letterlock tenant up --cloud gcc-high --detach --port 0'],
      flags: {
        detach: on('Return as soon as it is ready'),
        port: number('N', '4365 if not given; 0 picks a free one'),
        proxy: on('Also https on the next port, and on the one after it a proxy for Microsoft’s host names'),
        passThrough: on(
          'With --proxy: let other public hosts through, never this machine or a private network',
        ),
      },
      load: () => import('./commands/tenant-up.ts'),
    },
    status: {
      brief: 'Say whether it is up, and where',
      examples: ['letterlock tenant status', 'letterlock tenant status --json'],
      load: () => import('./commands/tenant-status.ts'),
    },
    down: {
      brief: 'Stop it; its data stays',
      examples: ['letterlock tenant down', 'letterlock tenant down --json'],
      load: () => import('./commands/tenant-down.ts'),
    },
    env: {
      brief: 'Print what leads this shell’s programs to it under Microsoft’s host names',
      examples: ['letterlock tenant env', 'letterlock tenant env --shell powershell'],
      flags: { shell: text('NAME', 'bash (also for zsh and sh), fish or powershell; yours if not given') },
      load: () => import('./commands/tenant-env.ts'),
    },
    exec: {
      brief: 'Run one program that finds it under Microsoft’s host names',
      examples: [
        'letterlock tenant exec -- npm test',
        'letterlock tenant exec -- curl https://graph.microsoft.com/v1.0/me',
      ],
      args: [{ name: 'program', brief: 'The program and its arguments, after --', rest: true }],
      load: () => import('./commands/tenant-exec.ts'),
    },
    browser: {
      brief: 'Open an address in a browser of its own that finds it under Microsoft’s host names',
      examples: ['letterlock tenant browser', 'letterlock tenant browser microsoft.com/devicelogin'],
      args: [{ name: 'url', brief: 'The portal of its cloud if not given', optional: true }],
      load: () => import('./commands/tenant-browser.ts'),
    },
    ...tenantDirectoryCommands,
    clock: {
      brief: 'Its clock',
      commands: {
        show: {
          brief: 'Show its time and rate',
          examples: ['letterlock tenant clock show', 'letterlock tenant clock show --json'],
          load: () => import('./commands/tenant-clock-show.ts'),
        },
        set: {
          brief: 'Set its time',
          examples: [
            'letterlock tenant clock set 2027-01-01T00:00:00Z',
            'letterlock tenant clock set 2027-01-01 --json',
          ],
          args: [{ name: 'time', brief: 'A date, or a date with its time' }],
          load: () => import('./commands/tenant-clock-set.ts'),
        },
        advance: {
          brief: 'Move its time on',
          examples: ['letterlock tenant clock advance 91d', 'letterlock tenant clock advance 1h --json'],
          args: [{ name: 'duration', brief: 'Such as 90s, 10m, 2h, 30d' }],
          load: () => import('./commands/tenant-clock-advance.ts'),
        },
        rate: {
          brief: 'Make it go faster or slower than real time',
          examples: ['letterlock tenant clock rate 60', 'letterlock tenant clock rate 1 --json'],
          args: [{ name: 'rate', brief: 'Seconds of its time in a real one' }],
          load: () => import('./commands/tenant-clock-rate.ts'),
        },
      },
    },
    fault: {
      brief: 'Failures on purpose',
      commands: {
        add: {
          brief: 'Make requests fail, late, or without their answer',
          examples: [
            'letterlock tenant fault add --match "POST /me/sendMail" --status 504 --after-commit --rate 0.2',
            'letterlock tenant fault add --match "GET /me/messages/**" --delay 2s --times 3',
          ],
          flags: {
            match: text('METHOD PATH', '"*" stands for one part of a path, "**" for the rest'),
            status: number('N', 'Answer with this status'),
            aadsts: number('N', 'Answer as the sign-in service in trouble does: 90033, 90055, …'),
            delay: text('DURATION', 'Answer so much later'),
            reset: on('Close the connection instead of answering'),
            afterCommit: on('Carry the request out first; only the answer fails'),
            rate: number('0..1', 'How often; always if not given'),
            times: number('N', 'So many times, then no more'),
            retryAfter: number('SECONDS', 'Send this Retry-After'),
          },
          load: () => import('./commands/tenant-fault-add.ts'),
        },
        list: {
          brief: 'List faults and how often each was met',
          examples: ['letterlock tenant fault list', 'letterlock tenant fault list --json'],
          load: () => import('./commands/tenant-fault-list.ts'),
        },
        remove: {
          brief: 'Remove one fault, or all',
          examples: ['letterlock tenant fault remove f1', 'letterlock tenant fault remove all'],
          args: [{ name: 'id', brief: 'Id from "tenant fault list", or all' }],
          load: () => import('./commands/tenant-fault-remove.ts'),
        },
      },
    },
  },
}

export const commandTable: CommandGroup = {
  brief: 'Gets an automation into a Microsoft 365 mailbox the right way, and works through it never twice.',
  commands: {
    tour: {
      brief: 'The whole procedure and a loop over real mail, on the local tenant',
      examples: ['letterlock tour', 'letterlock tour --mail ~/old-mail.mbox --json'],
      flags: {
        mail: text('FILE|DIR', 'Your own mail instead of the examples: an mbox, or .eml files'),
        browser: on('Sign in yourself, in your browser'),
        fresh: on('Start over with a new local tenant'),
        homeInClone: { kind: 'switch', brief: 'Keep everything in .letterlock of the clone', hidden: true },
      },
      load: () => import('./commands/tour.ts'),
    },
    setup: {
      brief: 'Register the application, consent, assign: the procedure, guided',
      examples: [
        'letterlock setup',
        'letterlock setup --tenant contoso.com --for invoices.flow.ts --no-admin',
      ],
      flags: {
        ...admin,
        ...yes,
        ...forFlows,
        noAdmin: on('You are no administrator: write a page for one; nothing is sent'),
        pack: text('FILE', 'Where that page goes; letterlock-consent.html if not given'),
        clientId: text('ID', 'The client ID that an administrator sent back: keep it for login'),
        name: text('NAME', 'Name of the registration'),
        user: text('ADDRESS', 'The automation’s user'),
        redirectUri: text('URI', 'http://localhost:9999/Callback if not given'),
      },
      load: () => import('./commands/setup.ts'),
    },
    app,
    login: {
      brief: 'Sign an account in: in the browser, by device code, or the application itself',
      examples: [
        'letterlock login',
        'letterlock login bot@contoso.com --tenant contoso.com --client-id 9b1d… --device-code',
      ],
      flags: {
        tenant: text('NAME', 'A domain or a tenant ID'),
        clientId: text('ID', 'Application (client) ID'),
        client: text('KIND', 'public or confidential'),
        redirectUri: text('URI', 'As registered; letter case of the path matters'),
        scope: text('LIST', 'Permissions, separated by commas'),
        noBrowser: on('Only print the address'),
        deviceCode: on('Type a code in a browser on any device'),
        paste: on('Paste the address that a browser elsewhere ended on'),
        app: on('No person: the application signs in as itself'),
        secretFile: text('FILE', 'The client secret: a file, or - for stdin'),
        certificate: text('FILE', 'The client’s certificate and key: PEM, .pfx or .p12'),
        federatedTokenFile: text('FILE', 'A token of another issuer, kept fresh by your platform'),
        loginHint: text('NAME', 'Fills in the name on the page'),
        domainHint: text('NAME', 'organizations, consumers or a domain'),
        prompt: text('WHAT', 'login, select_account or consent'),
        claims: text('CLAIMS', 'What a claims challenge asked for: JSON or base64'),
        timeout: text('DURATION', 'How long to wait; 5m if not given'),
        hintAfter: { kind: 'text', placeholder: 'DURATION', brief: 'When to give the hint', hidden: true },
      },
      args: [{ name: 'user', brief: 'Full address; must be the one who signs in', optional: true }],
      load: () => import('./commands/login.ts'),
    },
    accounts: {
      brief: 'List signed-in accounts and when each sign-in ends',
      examples: ['letterlock accounts', 'letterlock accounts --json'],
      load: () => import('./commands/accounts.ts'),
    },
    logout: {
      brief: 'Forget an account and its tokens on this machine',
      examples: ['letterlock logout bot@contoso.com', 'letterlock logout --everywhere'],
      flags: { everywhere: on('Also end the person’s sign-ins on all devices, if the permission is there') },
      args: [{ name: 'user', brief: 'The account, if several are signed in', optional: true }],
      load: () => import('./commands/logout.ts'),
    },
    token: {
      brief: 'Print an access token: a credential helper for other programs',
      examples: [
        'letterlock token',
        'curl -H "Authorization: Bearer $(letterlock token)" https://graph.microsoft.com/v1.0/me',
      ],
      flags: {
        format: text('WHAT', 'raw (as if not given), json or header'),
        scope: text('LIST', 'Other permissions, or another resource: https://outlook.office365.com/.default'),
      },
      load: () => import('./commands/token.ts'),
    },
    credential,
    mail,
    run: {
      brief: 'Work through a mailbox as a flow file says; run again to go on',
      examples: ['letterlock run invoices.flow.ts', 'letterlock run invoices.flow.ts --dry-run --limit 10'],
      flags: {
        dryRun: on('Say what would happen; write nothing'),
        limit: number('N', 'Stop after so many messages'),
        again: text('ID', 'Handle this message once more'),
        onDoubt: text('WHAT', 'resend (as if not given) or hold: a send whose fate stays unknown'),
        settleWait: text('DURATION', 'How long to look for a send in doubt; 10m if not given'),
      },
      args: [{ name: 'file', brief: 'The flow file' }],
      load: () => import('./commands/run.ts'),
    },
    runs: {
      brief: 'List runs',
      examples: ['letterlock runs', 'letterlock runs --json'],
      load: () => import('./commands/runs.ts'),
    },
    explain: {
      brief: 'Say what was done with a message, and why',
      examples: ['letterlock explain AAkALg…', 'letterlock explain AAkALg… --flow invoices.flow.ts --json'],
      flags: { flow: text('FILE', 'Also say which of this flow’s conditions hold now') },
      args: [{ name: 'message', brief: 'Id of the message' }],
      load: () => import('./commands/explain.ts'),
    },
    settle: {
      brief: 'Say what became of a send in doubt',
      examples: ['letterlock settle 9f31c0aa42d7 --sent', 'letterlock settle 9f31c0aa42d7 --resend'],
      flags: { sent: on('It was sent'), resend: on('It was not: send it') },
      args: [{ name: 'step', brief: 'Id of the step, or its beginning, from "explain" or the run' }],
      load: () => import('./commands/settle.ts'),
    },
    doctor: {
      brief: 'Explain errors and name the one fix; without a code, look at everything here',
      examples: ['letterlock doctor AADSTS50011', 'letterlock doctor --from-log bot.log --json'],
      flags: { fromLog: text('FILE', 'Explain the codes that stand in a log; - reads what is piped in') },
      args: [
        {
          name: 'code',
          brief: 'AADSTS number, Graph error, or a code of letterlock',
          optional: true,
          rest: true,
        },
      ],
      load: () => import('./commands/doctor.ts'),
    },
    tenant,
  },
}
