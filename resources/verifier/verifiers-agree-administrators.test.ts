import { createHash } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { parseEnvelope } from '../../main/ledger/dsse.ts'
import { parseEntry } from '../../main/ledger/entry.ts'
import { emptyKeyring, findSignatureFault, foldKeyring } from '../../main/ledger/keyring.ts'
import { LedgerError } from '../../main/ledger/ledger-error.ts'
import { startVerifiers } from './testing/both-verifiers.ts'
import { cast, inZip, pack, story } from './testing/mjs-workbench.ts'
import { newKey, ORIGIN, sortFiles, zipFiles, type Files, type Step, type TestKey } from './testing/pack-builder.ts'
import { Random } from './testing/random.ts'

// Whose word counts on whose signature counts: the product's rule (main/ledger/keyring.ts) and that of both verifiers are one.

const verifiers = await startVerifiers()
afterAll(verifiers.close)

const ENTRY = /^data\/entries\//
const { admin, approver, engineer, log, orchestrator, stranger } = cast
const PEOPLE = { 'p-admin': admin, 'p-engineer': engineer, 'p-approver': approver }
const SIGNERS = [admin, admin, approver, engineer, orchestrator, stranger]
const ROLES = [['administrator'], ['auditor', 'administrator'], ['engineer'], ['approver'], []]

/** One entry that decides whose signature counts, by somebody who may or may not say so. */
function claim(random: Random, name: string, by: TestKey = random.pick(SIGNERS)): Step {
  const keyOf = (owner: string) => newKey(owner, createHash('sha256').update(`${name} ${owner} ${random.int(1 << 30)}`).digest())
  const person = random.pick(Object.keys(PEOPLE))
  const roles = random.pick(ROLES)
  const action = random.pick(['person.roles.changed', 'person.roles.changed', 'person.deactivated', 'person.enrolled', 'person.key.recovered', 'orchestrator.key.rotated', 'ledger.key.rotated'])
  const said = (detail: ReturnType<Step['detail']>, cosigners: readonly TestKey[] = []): Step => ({ name, by, action, detail: () => detail, ...(cosigners.length > 0 ? { cosigners } : {}) })
  if (action === 'person.roles.changed') return said({ person, roles })
  if (action === 'person.deactivated') return said({ person })
  if (action === 'person.enrolled') return said({ person: `p-${name}`, roles, key: keyOf(`${ORIGIN}/person/p-${name}`).verifierKey })
  if (action === 'person.key.recovered') {
    const key = keyOf(`${ORIGIN}/person/${person}`)
    return said({ person, key: key.verifierKey, reason: 'lost' }, [key])
  }
  const old = action === 'ledger.key.rotated' ? log : orchestrator
  const key = keyOf(old.name)
  return said({ key: key.verifierKey }, [old, key])
}

/** A ledger of such claims, the first of them before anybody is enrolled. */
function tell(index: number): Step[] {
  const random = new Random(11, index)
  const early = random.chance(0.4) ? [claim(random, 'early', orchestrator)] : []
  const [created, ...enrolments] = story.slice(0, 4)
  if (created === undefined) throw new Error('a story begins')
  return [created, ...early, ...enrolments, ...Array.from({ length: 8 }, (_, at) => claim(random, `claim-${at}`))]
}

/** The entries that the product takes for damage, each folded where those before it were not. */
function refusedByProduct(files: Files): string[] {
  let keyring = emptyKeyring
  const isRefused = (leaf: Buffer): boolean => {
    try {
      const envelope = parseEnvelope(leaf)
      const entry = parseEntry(envelope.payload)
      const folded = foldKeyring(keyring, entry)
      if (findSignatureFault(folded, envelope, entry) !== undefined) return true
      keyring = folded
      return false
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown
      return true
    }
  }
  return sortFiles(files).filter(([path, bytes]) => ENTRY.test(path) && isRefused(bytes)).map(([path]) => path)
}

it('administrators, and the orchestrator for the first person alone: product and verifiers take and refuse the same entries', async () => {
  let taken = 0
  let refused = 0
  for (let index = 0; index < 40; index++) {
    const files = pack({ steps: tell(index) })
    const expected = refusedByProduct(files)
    const { mjs, py } = await verifiers.judge(inZip(zipFiles(sortFiles(files))))
    const entriesOf = (verdict: typeof mjs) => [...new Set(verdict.findings?.map(({ file }) => file).filter((file) => ENTRY.test(file)))]
    expect([entriesOf(mjs), entriesOf(py)], `story ${index}`).toEqual([expected, expected])
    refused += expected.length
    taken += [...files.keys()].filter((path) => ENTRY.test(path)).length - expected.length
  }
  // Neither kind is rare, or nothing was compared.
  expect(Math.min(taken, refused)).toBeGreaterThan(100)
})
