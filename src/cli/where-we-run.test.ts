import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserHint, hasNoScreen, surroundings } from './where-we-run.ts'

const nowhere = (): boolean => false

test('SSH, a container and WSL are told from a desktop by what they leave in the environment', () => {
  const at = (env: NodeJS.ProcessEnv, file?: string) => surroundings({ env, exists: (one) => one === file })
  assert.equal(at({}), 'desktop')
  assert.equal(at({ SSH_CONNECTION: '10.0.0.7 51000 10.0.0.9 22' }), 'ssh')
  assert.equal(at({ WSL_DISTRO_NAME: 'Ubuntu' }), 'wsl')
  assert.equal(at({}, '/.dockerenv'), 'container')
  assert.equal(at({}, '/run/.containerenv'), 'container')
  assert.equal(at({ KUBERNETES_SERVICE_HOST: '10.96.0.1' }), 'container')
  assert.equal(surroundings({ env: { WSL_INTEROP: '/run/WSL/8_interop' }, exists: nowhere }), 'wsl')
})

test('over SSH the hint is the very command that forwards the port of the redirect', () => {
  const env = { SSH_CONNECTION: '10.0.0.7 51000 10.0.0.9 22', USER: 'ada' }
  assert.ok(browserHint('ssh', 9999, env).includes('  ssh -N -L 9999:localhost:9999 ada@10.0.0.9'))
  assert.deepEqual(browserHint('desktop', 9999, env), [])
  for (const where of ['wsl', 'container'] as const)
    assert.match(browserHint(where, 9999, env).join(' '), /9999.*--paste \| --device-code/)
})

test('no browser is started where no screen is', () => {
  assert.equal(hasNoScreen('ssh', {}), true)
  assert.equal(hasNoScreen('container', {}), true)
  assert.equal(hasNoScreen('ssh', { DISPLAY: 'localhost:10.0' }), false)
  assert.equal(hasNoScreen('container', { BROWSER: '/usr/bin/true' }), false)
  assert.equal(hasNoScreen('desktop', {}), false)
})
