import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alteredPack, honestPack, type AlteredPack } from './altered-pack.ts'
import { startVerifiers, type Verdict } from './both-verifiers.ts'
import { readJson, sha256, sortFiles, zipFiles, type Files, type Json } from './pack-builder.ts'

export interface Difference {
  /** `seed:index` makes the pack again. */
  readonly name: string
  readonly how: readonly string[]
  /** What should not be, in a line. */
  readonly problem: string
  readonly mjs: Verdict
  readonly py: Verdict
}

export interface Outcome {
  readonly cases: number
  readonly agreed: number
  /** Packs without a finding, altered by somebody with keys. */
  readonly accepted: number
  readonly differences: readonly Difference[]
}

/**
 * Lets both verifiers judge the altered packs of a seed, from an index on, until `count` were judged or `until` (milliseconds since the
 * epoch) has passed. A difference is a pack of which they do not say the same, or that says what the honest one does not and is accepted.
 */
export async function findDifferences(options: { seed: number; from?: number; count: number; until?: number }): Promise<Outcome> {
  const { seed, from = 0, count, until = Infinity } = options
  const folder = mkdtempSync(join(tmpdir(), 'pack-differences-'))
  const verifiers = await startVerifiers()
  const honest = honestPack()
  const differences: Difference[] = []
  let cases = 0
  let agreed = 0
  let accepted = 0
  try {
    for (let index = from; index < from + count && Date.now() < until; index++) {
      const pack = alteredPack(seed, index)
      const path = pack.write(join(folder, 'pack'))
      const verdicts = await verifiers.judge(path, pack.key)
      rmSync(path, { recursive: true })
      cases++
      if (sameVerdict(verdicts.mjs, verdicts.py)) agreed++
      if (verdicts.mjs.ok === true) accepted++
      const problem = problemOf(pack, verdicts, honest)
      if (problem !== undefined) differences.push({ name: `${seed}:${index}`, how: pack.how, problem, ...verdicts })
    }
  } finally {
    verifiers.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { cases, agreed, accepted, differences }
}

function problemOf(pack: AlteredPack, { mjs, py }: { mjs: Verdict; py: Verdict }, honest: Files): string | undefined {
  if (mjs.crashed !== undefined || py.crashed !== undefined) return `crashed: ${mjs.crashed ?? py.crashed ?? ''}`
  if (!sameVerdict(mjs, py)) return `differ in ${differingMembers(mjs, py).join(', ')}`
  if (mjs.ok !== true) return undefined
  if (pack.isContainerAltered && !isSame(pack.files, honest)) return undefined
  if (pack.keys === 'none' && !isSame(pack.files, honest)) return 'accepted, altered by somebody without a key'
  const gained = pack.keys === 'exporter' ? gainedMeaning(pack.files, honest) : []
  return gained.length > 0 ? `accepted, though it now says ${gained.join('; ')}` : undefined
}

function sameVerdict(mjs: Verdict, py: Verdict): boolean {
  return differingMembers(mjs, py).length === 0
}

/** The members of the report in which two verdicts differ. */
function differingMembers(mjs: Verdict, py: Verdict): string[] {
  const members = new Set([...Object.keys(mjs), ...Object.keys(py)])
  return [...members].filter((name) => sorted(mjs[name]) !== sorted(py[name]))
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  )
}

function isSame(files: Files, others: Files): boolean {
  return zipFiles(sortFiles(files)).equals(zipFiles(sortFiles(others)))
}

/** What an accepted pack says of the ledger and the honest one does not. The exporter may say less, and choose the words. */
function gainedMeaning(files: Files, honest: Files): string[] {
  const before = meaningOf(honest)
  return [...meaningOf(files)].filter((statement) => !before.has(statement))
}

/** What a pack says of the ledger: its tree, its model, its entries, facts and disclosed values. */
function meaningOf(files: Files): Set<string> {
  const { origin, tree, exporter, model } = readJson(files, 'data/pack.json') as { [name: string]: Json }
  const entries = [...files].filter(([path]) => path.startsWith('data/entries/')).map(([path, bytes]) => `${path} ${sha256(bytes)}`)
  const facts = (readJson(files, 'data/facts.json') as { entry: Json; document?: Json; pointer: Json; value: Json }[]).map(
    ({ entry, document = null, pointer, value }) => JSON.stringify(['fact', entry, document, pointer, value]),
  )
  const disclosed = (readJson(files, 'data/disclosures.json') as Json[]).map((each) => JSON.stringify(['disclosed', each]))
  return new Set([JSON.stringify({ origin, tree, exporter, model }), (files.get('data/checkpoint.txt') ?? '').toString(), ...entries, ...facts, ...disclosed])
}
