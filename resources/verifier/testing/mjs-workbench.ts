import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll } from 'vitest'
import {
  buildPack,
  entryFile,
  honestStory,
  newCast,
  readJson,
  setJson,
  writeFolder,
  type Files,
  type Json,
  type PackPlan,
  type Step,
} from './pack-builder.ts'

// What the tests of the Node verifier share: an honest story, packs made of it with one thing changed, and the findings on them.

export interface Report {
  readonly ok: boolean
  readonly findings: readonly { readonly code: string; readonly file: string; readonly message: string }[]
  readonly proved: readonly string[]
  readonly notProved: readonly string[]
  readonly [member: string]: unknown
}

export const PROGRAM = fileURLToPath(new URL('../verify.mjs', import.meta.url))
// Imported by address, as what travels in a pack has no declarations beside it.
type VerifyPack = (path: string, options?: { key?: string }) => Report
export const { verifyPack } = (await import(pathToFileURL(PROGRAM).href)) as { verifyPack: VerifyPack }

export const work = mkdtempSync(join(tmpdir(), 'verify-mjs-'))
// Many small files: slow to remove where the disk is busy.
afterAll(() => rmSync(work, { recursive: true, force: true }), 120_000)

export const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
export const cast = newCast()
export const story = honestStory(cast)
export const seqOf = (name: string) => story.findIndex((step) => step.name === name)
export const entryOf = (name: string) => entryFile(seqOf(name))

export type Members = Record<string, Json>

let folders = 0
export function inFolder(files: Files): string {
  const folder = join(work, `pack-${folders++}`)
  writeFolder(files, folder)
  return folder
}

export function inZip(bytes: Buffer): string {
  const file = join(work, `pack-${folders++}.zip`)
  writeFileSync(file, bytes)
  return file
}

export function pack(plan: Partial<PackPlan> = {}): Files {
  return buildPack({ cast, steps: story, ...plan })
}

/** `code file` of each finding. */
export function findingsOf(path: string, options?: { key?: string }): string[] {
  return verifyPack(path, options).findings.map(({ code, file }) => `${code} ${file}`)
}

/** The findings of a pack whose payload was changed before it was bagged and signed by somebody who may. */
export function findingsAfter(edit: (files: Files) => void): string[] {
  return findingsOf(inFolder(pack({ edit })))
}

/** The story with one step changed; a step that is moved stands `before` another. */
export function storyWith(name: string, changes: Partial<Step>): Step[] {
  return story.map((step) => (step.name === name ? { ...step, ...changes } : step))
}

export function storyMoved(name: string, before: string): Step[] {
  const moved = story.filter((step) => step.name === name)
  return story.flatMap((step) => (step.name === name ? [] : step.name === before ? [...moved, step] : [step]))
}

export function editJson(path: string, change: (value: Members) => void): (files: Files) => void {
  return (files) => {
    const value = readJson(files, path) as Members
    change(value)
    setJson(files, path, value)
  }
}

export function editList(path: string, change: (values: Members[]) => void): (files: Files) => void {
  return editJson(path, change as unknown as (value: Members) => void)
}

export function at(values: readonly Members[], index: number): Members {
  const value = values[index]
  if (value === undefined) throw new Error(`there is no ${index}`)
  return value
}

export function bytesAt(files: Files, path: string): Buffer {
  const bytes = files.get(path)
  if (bytes === undefined) throw new Error(`${path} is not in the pack`)
  return bytes
}
