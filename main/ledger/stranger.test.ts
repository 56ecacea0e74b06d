import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createLedgerOf, snapshotFact } from './fixtures.ts'

/** Where Debian's golang-golang-x-mod-dev puts the Go project's own implementation of notes and trees. */
const GOPATH = '/usr/share/gocode'
const present = existsSync(join(GOPATH, 'src/golang.org/x/mod/sumdb/tlog')) && spawnSync('go', ['version']).status === 0
const program = join(import.meta.dirname, 'stranger', 'check.go')

function check(input: object): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('go', ['run', program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...process.env, GOPATH, GO111MODULE: 'off', GOFLAGS: '' },
  })
  return { status, output: stdout + stderr }
}

// Where CI is set the suite must run: then a missing package fails it.
describe.skipIf(!present && process.env['CI'] === undefined)('a stranger with sumdb/note and sumdb/tlog', () => {
  const { ledger, orchestrator } = createLedgerOf(5)
  const older = ledger.checkpoint()
  for (let i = 5; i < 13; i++) ledger.commit((tx) => tx.append(orchestrator, snapshotFact(i)))
  const input = {
    logKey: ledger.verifierKeys()[0]?.text ?? '',
    checkpoint: ledger.checkpoint(),
    older,
    consistency: ledger.consistencyProof(5).map((hash) => hash.toString('base64')),
    entries: ledger.entries({ limit: 20 }).map(({ seq, envelope }) => ({ leaf: envelope.toString('base64'), proof: ledger.proofFile(seq) })),
  }

  beforeAll(() => {
    if (!present) throw new Error('Install Go and its sumdb packages: apt-get install golang-go golang-golang-x-mod-dev')
  })

  it('accepts our keys, checkpoints, consistency and inclusion proofs', () => {
    expect(check(input)).toEqual({ status: 0, output: 'tree 13 contains tree 5\n13 entries\n' })
  }, 120_000)

  it('refuses an entry under the proof of another', () => {
    const [first, second] = input.entries
    const swapped = { ...input, entries: [{ leaf: first?.leaf, proof: second?.proof }] }
    expect(check(swapped).output).toContain('inclusion: ')
  }, 120_000)
})
