import { Secret } from '../signin/secret.ts'

/** The secrets that the environment may carry. Taken once, and removed so that no child inherits them. */
export interface EnvironmentSecrets {
  readonly token: Secret | undefined
  readonly clientSecret: Secret | undefined
  readonly certificatePassword: Secret | undefined
}

let taken: EnvironmentSecrets | undefined

export function takeEnvironmentSecrets(env: NodeJS.ProcessEnv = process.env): EnvironmentSecrets {
  taken ??= {
    token: take(env, 'LETTERLOCK_TOKEN'),
    clientSecret: take(env, 'LETTERLOCK_CLIENT_SECRET'),
    certificatePassword: take(env, 'LETTERLOCK_CERTIFICATE_PASSWORD'),
  }
  return taken
}

function take(env: NodeJS.ProcessEnv, name: string): Secret | undefined {
  const value = env[name]
  delete env[name]
  return value === undefined || value === '' ? undefined : new Secret(value)
}
