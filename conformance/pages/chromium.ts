// A Chromium to judge with: the one CHROME_PATH names, one of the system's, else the binary that npm brings.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
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
    const why = String(error).split('\n')[0]!
    // Whatever else goes wrong is an error: a judge that is left out by mistake judges nothing.
    if (!/shared libraries|ENOENT|EACCES|unsupported|not supported/i.test(String(error))) throw error
    return `no Chromium starts here: ${why}`
  }
}

async function findProgram(): Promise<string> {
  try {
    return findChromium(process.env, process.platform)
  } catch {
    const { default: packed } = await import('@sparticuz/chromium')
    // It unpacks itself into the folder for temporary files; beside its package it is unpacked once and goes with it.
    const unpacked = fileURLToPath(new URL('node_modules/.chromium', folder))
    if (!existsSync(unpacked)) await unpackOnce(unpacked, () => packed.executablePath())
    return withTemporaryFolder(unpacked, () => packed.executablePath())
  }
}

/** Whole, then in its place: two test files may come at the same time, and a program that is being written cannot be run. */
async function unpackOnce(place: string, unpack: () => Promise<string>): Promise<void> {
  const own = `${place}-${process.pid}`
  mkdirSync(own, { recursive: true })
  await withTemporaryFolder(own, unpack)
  try {
    renameSync(own, place)
  } catch (error) {
    if (!existsSync(place)) throw error
    rmSync(own, { recursive: true, force: true })
  }
}

async function withTemporaryFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  const kept = process.env['TMPDIR']
  process.env['TMPDIR'] = path
  try {
    return await work()
  } finally {
    if (kept === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = kept
  }
}
