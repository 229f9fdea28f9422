// What the consent page says when a row is opened, for the permissions of the registration procedure. portal.md section 2,
// from permissions-descriptions.json of microsoftgraph/microsoft-graph-devx-content, read 2026-08.
export const userDescriptions: ReadonlyMap<string, string> = new Map([
  [
    'openid',
    'Allows you to sign in to the app with your work or school account and allows the app to read your basic profile information.',
  ],
  ['profile', 'Allows the app to see your basic profile (e.g., name, picture, user name, email address)'],
  [
    'offline_access',
    'Allows the app to see and update the data you gave it access to, even when you are not currently using the app. This does not give the app any additional permissions.',
  ],
  [
    'User.Read',
    'Allows you to sign in to the app with your organizational account and let the app read your profile. It also allows the app to read basic company information.',
  ],
  [
    'Mail.ReadWrite',
    'Allows the app to read, update, create and delete email in your mailbox. Does not include permission to send mail.',
  ],
  ['Mail.Send', 'Allows the app to send mail as you.'],
])
