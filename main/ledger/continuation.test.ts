import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../storage/index.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { ENTRY_TYPE, parseEnvelope, sealEnvelope } from './dsse.ts'
import { encodeEntry, parseEntry, type Entry } from './entry.ts'
import type { JsonValue } from './jcs.ts'
import { continueShort, createContinuation, createKey, createPerson, createShortLedger, dropGuards, origin, snapshotFact, type ShortLedger } from './fixtures.ts'
import { Ledger } from './ledger.ts'
import { readOrigin } from './ledger-copy.ts'
import { LedgerError } from './ledger-error.ts'
import { parseVerifierKey, signerFromKey, verifierKeyText, type Signer } from './keys.ts'
import { appendLeaf, frontierRoot, hashLeaf, readFrontier } from './merkle.ts'
import { TreeStore } from './tree-store.ts'
import { verifyLedger } from './verify.ts'

const code = (expected: string) => expect.objectContaining({ code: expected }) as LedgerError
const continued = `${origin}/continued/1a2b3c4d`

/** What an attacker writes who has the file and the keys of the workplace: an entry with its nodes and a checkpoint, past the appender. */
function forge({ db }: Pick<ShortLedger, 'db'>, change: (entry: Entry) => Entry, signers: readonly Signer[], logSigner: Signer): void {
  const store = new TreeStore(db)
  const seq = store.size()
  const frontier = readFrontier(seq, store.node)
  const last = parseEntry(parseEnvelope(store.entry(seq - 1)?.envelope ?? Buffer.alloc(0)).payload)
  const [actor, ...others] = signers
  if (actor === undefined) throw new Error('somebody signs')
  const seen = { size: seq, root: frontierRoot(frontier).toString('base64') }
  const entry = change({ ...last, seq, actor: actor.name, subject: [], commitments: {}, seen })
  const envelope = sealEnvelope(encodeEntry(entry), actor, ENTRY_TYPE, others)
  const appended = appendLeaf(frontier, hashLeaf(envelope))
  store.addEntry(seq, Buffer.concat(appended.nodes), envelope)
  store.addCheckpoint(seq + 1, signCheckpoint({ origin: logSigner.name, size: seq + 1, root: frontierRoot(appended.frontier) }, logSigner))
}

describe('a ledger shorter than what was signed of it', () => {
  it('is not opened, and opened to be continued takes nothing before an administrator says what is lost', () => {
    const short = createShortLedger()
    expect(() => Ledger.open(short.db, short.options)).toThrow(code('behind-high-water'))
    const { signer, continued: fact } = createContinuation(short)
    const ledger = Ledger.openShort(short.db, { ...short.options, logSigner: signer })
    expect(() => ledger.commit((tx) => tx.append(short.ada, snapshotFact(1)))).toThrow(code('behind-high-water'))
    expect(() => ledger.commit((tx) => tx.append(short.eve, fact, [signer]))).toThrow(code('malformed-key'))
    expect(() => ledger.commit((tx) => tx.append(short.orchestrator, fact, [signer]))).toThrow(code('malformed-key'))
    for (const cosigners of [[], [short.logSigner], [short.logSigner, signer]]) expect(() => ledger.commit((tx) => tx.append(short.ada, fact, cosigners))).toThrow(code('unknown-signer'))
    expect(ledger.size).toBe(6)
  })

  it.each([
    ['the origin before', { name: origin }],
    ['a name of its own choosing', { name: 'elsewhere.example/log' }],
    ['that of a person', { name: `${origin}/person/ada` }],
    ['a name with more to it', { name: `${origin}/continued/1a2b3c4d/x` }],
    ['its own, of another predecessor', { detail: { predecessor: 'elsewhere.example/log' } }],
    ['its own, of another size', { detail: { size: 5 } }],
    ['its own, without a reason', { detail: { reason: 7 } }],
    ['its own, without a checkpoint', { detail: { anchor: 'none' } }],
  ])('does not go on under %s', (_, { name, detail }: { name?: string; detail?: Record<string, string | number> }) => {
    const short = createShortLedger()
    const { signer, continued: fact } = createContinuation(short, detail, name)
    const ledger = Ledger.openShort(short.db, { ...short.options, logSigner: signer })
    expect(() => ledger.commit((tx) => tx.append(short.ada, fact, [signer]))).toThrow(LedgerError)
    expect(ledger.size).toBe(6)
  })

  it('does not go on by a checkpoint that was altered, nor with a log key that was used before', () => {
    const short = createShortLedger()
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const other = formatCheckpoint({ ...parseCheckpoint(short.anchor), size: 12 }, short.logSigner, signerFromKey(origin, privateKey).sign(Buffer.from('')))
    const refused = createContinuation({ ...short, anchor: other })
    const ledger = Ledger.openShort(short.db, { ...short.options, logSigner: refused.signer })
    expect(() => ledger.commit((tx) => tx.append(short.ada, refused.continued, [refused.signer]))).toThrow('not good')
    const first = parseVerifierKey(ledger.verifierKeys()[0]?.text ?? '')
    const again = createContinuation(short, { key: verifierKeyText(continued, publicKey) })
    const reused = { ...again.continued, detail: { ...again.continued.detail, key: renamed(first.text, continued) } }
    expect(() => ledger.commit((tx) => tx.append(short.ada, reused, [again.signer]))).toThrow('used before')
  })

  it('goes on under an origin that names the old, by a new key, and never signs as the old again', async () => {
    const short = createShortLedger()
    const { ledger, options, logSigner } = continueShort(short)
    ledger.commit((tx) => tx.append(short.orchestrator, snapshotFact(7)))
    expect([ledger.origin, ledger.presentOrigin, readOrigin(short.db)]).toEqual([origin, continued, continued])
    expect(ledger.entries({ from: 5, limit: 3 }).map(({ entry }) => entry.origin)).toEqual([origin, continued, continued])
    expect(parseCheckpoint(ledger.checkpointAt(6) ?? '').origin).toBe(origin)
    expect(parseCheckpoint(ledger.checkpointAt(7) ?? '').origin).toBe(continued)
    expect(ledger.losses).toMatchObject([{ seq: 6, predecessor: origin, origin: continued, anchor: { size: 9 }, reason: 'the disk broke' }])
    const again = Ledger.open(short.db, options)
    expect(again.checkpoint()).toBe(ledger.checkpoint())
    expect(() => Ledger.open(short.db, { ...options, logSigner: short.logSigner })).toThrow(code('wrong-log-key'))
    expect(openCheckpoint(again.checkpoint(), parseVerifierKey(ledger.verifierKeys()[1]?.text ?? '')).size).toBe(8)
    expect(logSigner.name).toBe(continued)
    expect(await verifyLedger(short.databasePath, { anchors: [ledger.checkpoint()], pinned: [ledger.verifierKeys()[0]?.text ?? ''] })).toMatchObject({ ok: true, size: 8, losses: [{ seq: 6 }] })
  })

  it('goes on with another key of the orchestrator on the word of an administrator, who has it sign too; that of before signs nothing any more', async () => {
    const short = createShortLedger()
    const next = createKey(short.orchestrator.name)
    const brings = (key: JsonValue | undefined) => createContinuation(short, { orchestratorKey: key ?? null })
    const { signer, continued: fact } = brings(next.rotated.detail.key)
    const ledger = Ledger.openShort(short.db, { ...short.options, logSigner: signer })
    const append = (who: Signer, what: typeof fact, cosigners: readonly Signer[]) => () => ledger.commit((tx) => tx.append(who, what, cosigners))
    // Somebody's own key: without an administrator, unsigned by it, one that the ledger knows by another name, or that of another.
    for (const who of [short.eve, short.orchestrator]) expect(append(who, fact, [signer, next.signer])).toThrow(code('malformed-key'))
    for (const cosigners of [[signer], [next.signer, signer], [signer, short.orchestrator], [signer, short.orchestrator, next.signer]]) expect(append(short.ada, fact, cosigners)).toThrow(code('unknown-signer'))
    const keys = ledger.verifierKeys().map(({ text }) => text)
    for (const key of [...keys, ...keys.map((text) => renamed(text, short.orchestrator.name)), createPerson('ada').enrolled.detail.key, 'none']) {
      const other = brings(key)
      expect(append(short.ada, other.continued, [other.signer, next.signer]), JSON.stringify(key)).toThrow(code('malformed-key'))
    }
    expect(ledger.size).toBe(6)

    append(short.ada, fact, [signer, next.signer])()
    expect(ledger.losses).toMatchObject([{ orchestratorKey: { keyId: next.signer.keyId } }])
    expect(append(short.orchestrator, snapshotFact(7), [])).toThrow(code('unknown-signer'))
    append(next.signer, snapshotFact(7), [])()
    expect(await verifyLedger(short.databasePath, { anchors: [ledger.checkpoint(), short.anchor] })).toMatchObject({ ok: true, size: 8 })
    forge(short, (entry) => entry, [short.orchestrator], signer)
    expect(await verifyLedger(short.databasePath)).toMatchObject({ ok: false, damage: { kind: 'unknown-key', seq: 8 } })
  })

  it('opens with the mark of before, where that of after could not be written; with one of more than is said it does not', () => {
    const short = createShortLedger()
    const { options } = continueShort(short)
    const opened = (mark: string) => () => Ledger.open(short.db, { ...options, highWater: { ...options.highWater, read: () => mark } })
    expect(opened(short.anchor)().size).toBe(7)
    expect(opened(short.before)().size).toBe(7)
    short.whole.commit((tx) => tx.append(short.orchestrator, snapshotFact(9)))
    expect(opened(short.whole.checkpoint())).toThrow(code('behind-high-water'))
  })

  it('is continued again after a second loss, and rotates its key in between', async () => {
    const short = createShortLedger()
    const { ledger, options } = continueShort(short)
    const before = ledger.checkpoint()
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const renewed = signerFromKey(continued, privateKey)
    const copy = `${short.databasePath}.second`
    short.db.prepare('VACUUM INTO ?').run(copy)
    ledger.commit((tx) => tx.append(short.ada, { action: 'ledger.key.rotated', subject: [], detail: { key: verifierKeyText(continued, publicKey) } }, [options.logSigner, renewed]))
    ledger.commit((tx) => tx.append(short.orchestrator, snapshotFact(8)))
    expect(await verifyLedger(short.databasePath)).toMatchObject({ ok: true, size: 9 })
    // The key that signed the mark came in an entry that is lost: nobody can tell whether it is good, and it is taken as it was brought.
    const anchor = ledger.checkpoint()
    const second = createContinuation({ before, anchor }, {}, `${origin}/continued/5e6f7a8b`)
    const db = openDatabase(copy)
    const again = Ledger.openShort(db, { ...options, logSigner: second.signer })
    again.commit((tx) => tx.append(short.ada, second.continued, [second.signer]))
    expect(again.losses.map(({ seq, predecessor, isProved, by }) => [seq, predecessor, isProved, by])).toEqual([[6, origin, true, short.ada.name], [7, continued, false, short.ada.name]])
    expect(await verifyLedger(copy, { anchors: [short.before, short.anchor, before, anchor] })).toMatchObject({ ok: true, size: 8, anchors: [{ size: 6, lostIn: null }, { size: 9, lostIn: 6 }, { size: 7, lostIn: null }, { size: 9, lostIn: 7 }] })
    expect(again.relate(again.openCheckpoint(anchor))).toBe('lost')
    // The process was cut off before it could keep another mark; what else that key signed nobody can check, and it keeps nobody out.
    ledger.commit((tx) => tx.append(short.orchestrator, snapshotFact(9)))
    const more = ledger.checkpoint()
    for (const mark of [anchor, more]) expect(Ledger.open(db, { ...options, logSigner: second.signer, highWater: { ...options.highWater, read: () => mark } }).size).toBe(8)
    expect(() => again.openCheckpoint(more)).toThrow(code('no-known-signature'))
    const used = createContinuation({ before: again.checkpoint(), anchor: again.checkpoint() }, {}, continued)
    expect(() => again.commit((tx) => tx.append(short.ada, used.continued, [used.signer]))).toThrow('used before')
  })
})

describe('checkpoints of an origin that was given up', () => {
  it('are told from one another: what is left, what the ledger says is lost, and what it does not say', async () => {
    const short = createShortLedger()
    const { ledger } = continueShort(short)
    const relation = (note: string) => ledger.relate(ledger.openCheckpoint(note))
    expect([short.before, short.whole.checkpointAt(8) ?? '', short.anchor].map(relation)).toEqual(['continued', 'lost', 'lost'])
    short.whole.commit((tx) => tx.append(short.orchestrator, snapshotFact(9)))
    const more = short.whole.checkpoint()
    expect(relation(more)).toBe('ahead')
    expect(await verifyLedger(short.databasePath, { anchors: [short.before, short.anchor] })).toMatchObject({ ok: true })
    expect(await verifyLedger(short.databasePath, { anchors: [more] })).toMatchObject({ ok: false, damage: { kind: 'truncated', seq: 6 } })
  })

  it('that the old key signed later are not of this ledger, whatever their root', async () => {
    const short = createShortLedger()
    const { ledger, logSigner } = continueShort(short)
    while (ledger.size < 12) ledger.commit((tx) => tx.append(short.orchestrator, snapshotFact(ledger.size)))
    const sign = (signer: Signer, size: number, root: Buffer) => formatCheckpoint({ origin: signer.name, size, root }, signer, signCheckpoint({ origin: signer.name, size, root }, signer))
    const asOld = (size: number, root: Buffer) => sign(short.logSigner, size, root)
    const grown = asOld(12, ledger.root)
    expect(ledger.relate(ledger.openCheckpoint(grown))).toBe('ahead')
    expect(await verifyLedger(short.databasePath, { anchors: [grown] })).toMatchObject({ ok: false, damage: { kind: 'truncated' } })
    const contradiction = asOld(9, ledger.root)
    expect(ledger.relate(ledger.openCheckpoint(contradiction))).toBe('differs')
    expect(await verifyLedger(short.databasePath, { anchors: [contradiction] })).toMatchObject({ ok: false, damage: { kind: 'root-mismatch' } })
    // Nor does the new key sign what was before it.
    expect(() => ledger.openCheckpoint(sign(logSigner, 5, parseCheckpoint(short.whole.checkpointAt(5) ?? '').root))).toThrow(code('no-known-signature'))
  })

  it('of a history that parted are said by the entry that leaves it', async () => {
    const short = createShortLedger(6, 8)
    // It went on before anybody noticed: eight others were signed under the same origin.
    const fork = Ledger.open(short.db, { ...short.options, highWater: { ...short.options.highWater, read: () => undefined } })
    while (fork.size < 10) fork.commit((tx) => tx.append(short.orchestrator, snapshotFact(fork.size + 50)))
    const before = fork.checkpoint()
    const { signer, continued: fact } = createContinuation({ before, anchor: short.anchor })
    fork.commit((tx) => tx.append(short.ada, fact, [signer]))
    expect(fork.relate(fork.openCheckpoint(short.anchor))).toBe('lost')
    expect(fork.relate(fork.openCheckpoint(before))).toBe('continued')
    expect(await verifyLedger(short.databasePath, { anchors: [short.anchor, before] })).toMatchObject({ ok: true, size: 11 })
  })
})

describe('what decides whose signature counts', () => {
  const roles = (person: string) => ({ action: 'person.roles.changed', detail: { person, roles: ['administrator'] } })
  const renewed = createKey(origin)
  const instead = createPerson('ada')
  const mallory = createPerson('mallory')
  it.each<[string, Pick<Entry, 'action' | 'detail'>, (short: ShortLedger) => readonly Signer[]]>([
    ['somebody makes herself administrator', roles('eve'), ({ eve }) => [eve]],
    ['the orchestrator makes somebody administrator', roles('eve'), ({ orchestrator }) => [orchestrator]],
    ['somebody enrols another', mallory.enrolled, ({ eve }) => [eve]],
    ['the orchestrator enrols a second person', mallory.enrolled, ({ orchestrator }) => [orchestrator]],
    ["somebody takes an administrator's key away", instead.recovered, ({ eve }) => [eve, instead.signer]],
    ['somebody deactivates an administrator', { action: 'person.deactivated', detail: { person: 'ada' } }, ({ eve }) => [eve]],
    ['somebody changes the log key', renewed.rotated, ({ eve, logSigner }) => [eve, logSigner, renewed.signer]],
  ])('is damage where %s', async (_, { action, detail }, by) => {
    const short = createShortLedger()
    forge(short, (entry) => ({ ...entry, action, detail }), by(short), action === 'ledger.key.rotated' ? renewed.signer : short.logSigner)
    expect(await verifyLedger(short.databasePath)).toMatchObject({ ok: false, damage: { kind: 'unknown-key', seq: 6, message: expect.stringContaining('no administrator') as string } })
  })

  it('is what an administrator signed', async () => {
    const short = createShortLedger()
    forge(short, (entry) => ({ ...entry, ...roles('eve') }), [short.ada], short.logSigner)
    forge(short, (entry) => ({ ...entry, action: 'person.enrolled', detail: mallory.enrolled.detail }), [short.eve], short.logSigner)
    expect(await verifyLedger(short.databasePath)).toMatchObject({ ok: true, size: 8 })
  })
})

describe('a forged continuation', () => {
  const forged = async (by: (short: ShortLedger) => readonly Signer[], change: (entry: Entry) => Entry = (entry) => entry) => {
    const short = createShortLedger()
    const { signer, continued: fact } = createContinuation(short)
    forge(short, (entry) => change({ ...entry, origin: continued, action: fact.action, detail: fact.detail }), [...by(short), signer], signer)
    return verifyLedger(short.databasePath)
  }

  it('is found where no administrator signed it', async () => {
    expect(await forged(({ ada }) => [ada])).toMatchObject({ ok: true })
    expect(await forged(({ eve }) => [eve])).toMatchObject({ ok: false, damage: { seq: 6, message: expect.stringContaining('no administrator') as string } })
    expect(await forged(({ orchestrator }) => [orchestrator])).toMatchObject({ ok: false, damage: { seq: 6 } })
    expect(await forged(() => [createPerson('ada').signer])).toMatchObject({ ok: false, damage: { seq: 6, kind: 'unknown-key' } })
  })

  it('is found where nothing is lost by the checkpoint that it names', async () => {
    const short = createShortLedger()
    const { signer, continued: fact } = createContinuation({ ...short, anchor: short.before })
    Ledger.openShort(short.db, { ...short.options, logSigner: signer }).commit((tx) => tx.append(short.ada, fact, [signer]))
    expect(await verifyLedger(short.databasePath)).toMatchObject({ ok: false, damage: { kind: 'root-mismatch', seq: 6, message: expect.stringContaining('nothing was lost') as string } })
  })

  it('is found where it names the old origin, or says another size', async () => {
    expect(await forged(({ ada }) => [ada], (entry) => ({ ...entry, origin }))).toMatchObject({ ok: false, damage: { seq: 6 } })
    expect(await forged(({ ada }) => [ada], (entry) => ({ ...entry, detail: { ...entry.detail, size: 4 } }))).toMatchObject({ ok: false, damage: { seq: 6 } })
  })

  it('that hides itself is found: whoever signs later names the origin', async () => {
    const short = createShortLedger()
    const { ledger, logSigner } = continueShort(short)
    ledger.commit((tx) => tx.append(short.orchestrator, snapshotFact(7)))
    const later = ledger.entry(7).envelope
    // The entry that says so is replaced by another, and all hashes and checkpoints made again, with every key of the workplace.
    const hidden = createShortLedger()
    dropGuards(hidden.db)
    forge(hidden, (entry) => entry, [hidden.orchestrator], hidden.logSigner)
    expect(await verifyLedger(hidden.databasePath)).toMatchObject({ ok: true })
    const store = new TreeStore(hidden.db)
    const appended = appendLeaf(readFrontier(7, store.node), hashLeaf(later))
    store.addEntry(7, Buffer.concat(appended.nodes), later)
    store.addCheckpoint(8, signCheckpoint({ origin, size: 8, root: frontierRoot(appended.frontier) }, hidden.logSigner))
    expect(await verifyLedger(hidden.databasePath)).toMatchObject({ ok: false, damage: { seq: 7, kind: 'entry-misplaced' } })
    expect(logSigner.name).toBe(continued)
  })

  it('is found where a later checkpoint bears the old key and name', async () => {
    const short = createShortLedger()
    continueShort(short)
    forge(short, (entry) => ({ ...entry, action: 'dataset.snapshot', detail: {} }), [short.orchestrator], short.logSigner)
    expect(await verifyLedger(short.databasePath)).toMatchObject({ ok: false, damage: { kind: 'root-mismatch', seq: 7 } })
  })
})

/** The same key under another name. */
function renamed(text: string, name: string): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(text.slice(text.indexOf('+', text.indexOf('+') + 1) + 1), 'base64').subarray(1)
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return verifierKeyText(name, createPublicKey({ key: Buffer.concat([der.subarray(0, der.length - raw.length), raw]), format: 'der', type: 'spki' }))
}
