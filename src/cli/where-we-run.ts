// Where a browser may be that cannot reach this machine's loopback: over SSH, in WSL, in a container.
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'

export type Surroundings = 'desktop' | 'ssh' | 'wsl' | 'container'

interface Seen {
  readonly env: NodeJS.ProcessEnv
  exists(file: string): boolean
}

export function surroundings(seen: Seen = { env: process.env, exists: existsSync }): Surroundings {
  const { env, exists } = seen
  if (env['SSH_CONNECTION'] || env['SSH_TTY']) return 'ssh'
  if (exists('/.dockerenv') || exists('/run/.containerenv') || env['KUBERNETES_SERVICE_HOST'])
    return 'container'
  return env['WSL_DISTRO_NAME'] || env['WSL_INTEROP'] ? 'wsl' : 'desktop'
}

/** What a person must know there before the address can be opened elsewhere; nothing on a desktop. */
export function browserHint(where: Surroundings, port: number, env = process.env): string[] {
  const others = 'or end this and use: letterlock login --paste | --device-code'
  switch (where) {
    case 'ssh':
      return [
        'you are on another machine, over SSH: your browser must reach its port. On your own machine run',
        `  ssh -N -L ${port}:localhost:${port} ${sshTarget(env)}`,
        `then open the address there; ${others}`,
      ]
    case 'container':
      return [
        `this is a container: a browser outside does not reach localhost:${port} in it,`,
        `even where the port is published; share the host’s network (--network host), ${others}`,
      ]
    case 'wsl':
      return [
        `this is WSL: the browser of Windows reaches localhost:${port} here in its usual network modes;`,
        `if it does not, ${others}`,
      ]
    case 'desktop':
      return []
  }
}

/** A browser is not even tried where it would open on a screen nobody sees. */
export function hasNoScreen(where: Surroundings, env = process.env): boolean {
  const hasDisplay = Boolean(env['BROWSER'] || env['DISPLAY'] || env['WAYLAND_DISPLAY'])
  return (where === 'ssh' || where === 'container') && !hasDisplay
}

/** `SSH_CONNECTION`: client address and port, server address and port. */
function sshTarget(env: NodeJS.ProcessEnv): string {
  const host = env['SSH_CONNECTION']?.split(' ')[2] ?? 'HOST'
  return `${userName(env)}@${host}`
}

function userName(env: NodeJS.ProcessEnv): string {
  try {
    return env['USER'] || userInfo().username
  } catch {
    return 'USER'
  }
}
