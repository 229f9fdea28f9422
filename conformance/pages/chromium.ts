// A Chromium to judge with: the one CHROME_PATH names, one of the system's, else the binary that npm brings.
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { installPeers, versionOf } from '../../scripts/install-peers.ts'
import { findChromium } from '../../src/cli/chromium.ts'

export const folder = new URL('./', import.meta.url)

export interface Started {
  readonly browser: Browser
  /** What judges, with versions. */
  readonly versions: string
}

/** Installs what is needed on first use. A string says why no browser starts here. */
export async function startChromium(): Promise<Started | string> {
  installPeers(folder)
  try {
    const { chromium } = await import('playwright-core')
    const browser = await chromium.launch({
      executablePath: await findProgram(),
      // As root a Chromium starts without its sandbox alone; what it opens is ours.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
    const versions = [`Chromium ${browser.version()}`]
    for (const name of ['playwright-core', 'axe-core']) versions.push(`${name} ${versionOf(folder, name)}`)
    return { browser, versions: versions.join(', ') }
  } catch (error) {
    return `no Chromium starts here: ${String(error).split('\n')[0]}`
  }
}

async function findProgram(): Promise<string> {
  try {
    return findChromium(process.env, process.platform)
  } catch {
    const { default: packed } = await import('@sparticuz/chromium')
    // It unpacks itself into the folder for temporary files; beside its package it is unpacked once and goes with it.
    const unpacked = fileURLToPath(new URL('node_modules/.chromium', folder))
    if (!existsSync(unpacked)) mkdirSync(unpacked)
    const kept = process.env['TMPDIR']
    process.env['TMPDIR'] = unpacked
    try {
      return await packed.executablePath()
    } finally {
      if (kept === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = kept
    }
  }
}
