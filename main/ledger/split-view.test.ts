import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createLedgerOf, snapshotFact } from './fixtures.ts'
import { Ledger } from './ledger.ts'
import { openDatabase } from '../storage/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'split-view-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * What anybody can tell of a checkpoint who has its key and openssl: origin, size and root, if the key signed it. Written from C2SP signed-note and
 * tlog-checkpoint alone; no code of the ledger takes part.
 */
function readWithOpenssl(note: string, verifierKey: string): string[] | null {
  const [, base64 = ''] = /^[^+]+\+[0-9a-f]{8}\+(.+)$/.exec(verifierKey) ?? []
  // The DER of an Ed25519 public key (RFC 8410) up to its 32 bytes, which the verifier key has behind its type.
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(base64, 'base64').subarray(1)])
  const [text = '', line = ''] = [note.slice(0, note.indexOf('\n\n') + 1), note.trimEnd().split('\n').at(-1)]
  const signature = Buffer.from(line.split(' ')[2] ?? '', 'base64').subarray(4)
  const at = (name: string) => join(folder, name)
  for (const [name, content] of [['key.der', der], ['text', text], ['signature', signature]] as const) writeFileSync(at(name), content)
  const { status } = spawnSync('openssl', ['pkeyutl', '-verify', '-pubin', '-keyform', 'DER', '-inkey', at('key.der'), '-rawin', '-in', at('text'), '-sigfile', at('signature')])
  return status === 0 ? text.trimEnd().split('\n') : null
}

it('of a split view the two checkpoints alone are the proof, to anybody with the log key and openssl', () => {
  expect(execFileSync('openssl', ['version'], { encoding: 'utf8' })).toMatch(/^OpenSSL [3-9]/)
  const { db, ledger, orchestrator, options } = createLedgerOf(4)
  const copy = join(folder, 'copy.db')
  db.prepare('VACUUM INTO ?').run(copy)
  const other = Ledger.open(openDatabase(copy), { ...options, highWater: { ...options.highWater, record: () => undefined } })
  for (const [index, each] of [ledger, other].entries()) each.commit((tx) => tx.append(orchestrator, snapshotFact(10 + index)))
  const key = ledger.verifierKeys()[0]?.text ?? ''
  const [one, two] = [ledger, other].map((each) => readWithOpenssl(each.checkpoint(), key))
  // One log, one size, two roots, both signed: no tree has both.
  expect(one?.slice(0, 2)).toEqual(two?.slice(0, 2))
  expect(one?.[1]).toBe('5')
  expect(one?.[2]).not.toBe(two?.[2])
  // Neither can be made up by whoever has not the key.
  expect(readWithOpenssl(ledger.checkpoint().replace('\n5\n', '\n6\n'), key)).toBeNull()
  expect(readWithOpenssl(ledger.checkpoint(), createLedgerOf(1).ledger.verifierKeys()[0]?.text ?? '')).toBeNull()
})
