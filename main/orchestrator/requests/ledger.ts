import { isAbsolute } from 'node:path'
import { EntryAbout, RequestError, type LedgerEntry, type LedgerEntryDetail, type Verification } from '../../../shared/contract/index.ts'
import { asRequest, describeLosses, exportTiles, isDamage, LedgerError, orchestratorName, personName, verifyInclusion, type EntryRow, type Ledger, type SignedEntry } from '../../ledger/index.ts'
import { verifyBlobs } from '../blob-verification.ts'
import { refuseReserved, reservedFolders } from '../data-export.ts'
import { recordDamage, rememberedOf, verifyWorkplace } from '../ledger-verification.ts'
import type { Answers } from '../router.ts'
import type { Services } from '../services.ts'
import { stretches } from '../stretches.ts'
import type { Workplace } from '../workplace.ts'

type LedgerMethods =
  | 'ledger.state'
  | 'ledger.continue'
  | 'ledger.entries'
  | 'ledger.entry'
  | 'ledger.proof'
  | 'ledger.checkpoint'
  | 'ledger.keys'
  | 'ledger.tiles'
  | 'ledger.verify'
  | 'ledger.verifyBlobs'
  | 'ledger.histogram'

export function answerLedger(workplace: Workplace): Pick<Answers, LedgerMethods> {
  /** The last verification of this process; a claim about the ledger as it stood then. */
  let last: Verification | null = null
  return {
    'ledger.state': () => {
      const { ledger } = workplace.ready()
      const [logKey] = ledger.verifierKeys()
      return {
        origin: ledger.presentOrigin,
        losses: describeLosses(ledger),
        size: ledger.size,
        root: ledger.root.toString('base64'),
        checkpoint: ledger.checkpoint(),
        checkpointAt: ledger.size === 0 ? null : timeOf(workplace.ready(), ledger.size - 1),
        logKey: logKey?.text ?? '',
        verification: last,
        remembered: rememberedOf(workplace, ledger),
      }
    },
    'ledger.continue': async (wish) => {
      const loss = await workplace.continueLedger(wish)
      workplace.emit({ type: 'workplace.changed' })
      return loss
    },
    'ledger.entries': async ({ before, limit, from, until, skip, action, sessions, person, since, text, counted }, { signal }) => {
      const services = workplace.ready()
      const { ledger } = services
      const { size } = ledger
      const actor = person === undefined ? undefined : person === 'orchestrator' ? orchestratorName(ledger.origin) : personName(ledger.origin, person)
      const filter = { action, without: sessions ? undefined : 'session.', actor, text: text === '' ? undefined : text }
      const first = Math.max(from ?? 0, since === undefined ? 0 : firstAt(services, since))
      const last = Math.min(until ?? size, size) - 1
      const found: EntryRow[] = []
      let left = skip
      for await (const [lower, upper] of stretches(first, Math.min(last, (before ?? size) - 1), { signal })) {
        const here = left === 0 ? Infinity : ledger.count({ ...filter, from: lower, to: upper })
        if (here > left) found.push(...ledger.rows({ ...filter, from: upper, to: lower, limit: limit - found.length, skip: left, descending: true }))
        left = Math.max(0, left - here)
        if (found.length === limit) break
      }
      let matching = counted ? 0 : null
      if (matching !== null) for await (const [lower, to] of stretches(first, last, { signal })) matching += ledger.count({ ...filter, from: lower, to })
      return {
        entries: found.flatMap((row) => (isDamage(row) ? [] : [summarise(services, row)])),
        damaged: found.filter(isDamage).map(({ seq, kind, message }) => ({ seq, kind, message })),
        matching,
        size,
      }
    },
    'ledger.entry': ({ seq }) => describe(workplace.ready(), requireEntry(workplace.ready(), seq)),
    'ledger.proof': ({ seq }) => {
      const services = workplace.ready()
      return { proofFile: services.ledger.proofFile(requireEntry(services, seq).seq) }
    },
    'ledger.checkpoint': ({ cosigned }) => {
      const { ledger, witnesses } = workplace.ready()
      const note = cosigned ? witnesses.cosignedCheckpoint() : ledger.checkpoint()
      if (note === undefined) throw new RequestError('not-found', "No witness has cosigned this ledger yet. Make a request to one: 'strongroom ledger witness request'.")
      return { note }
    },
    'ledger.keys': () => ({ keys: workplace.ready().ledger.verifierKeys().map(({ text, from, until }) => ({ key: text, from, until: until ?? null })) }),
    'ledger.tiles': async ({ folder }, call) => {
      const { db, ledger } = workplace.ready()
      if (!isAbsolute(folder)) throw new RequestError('invalid-request', `Give the whole path of the folder: '${folder}' says nothing to another process.`)
      refuseReserved(folder, reservedFolders({ folder: workplace.folder, ...workplace.ready() }))
      try {
        return await exportTiles(db.name, folder, {
          checkpoint: ledger.checkpoint(),
          open: (note) => ledger.openCheckpoint(note),
          signal: call.signal,
          onProgress: ({ done, total }) => call.progress(done / total, `${done} of ${total} tiles`),
        })
      } catch (error) {
        if (error instanceof LedgerError) throw new RequestError('conflict', error.message)
        throw error
      }
    },
    'ledger.verify': async (wish, call) => {
      refuseForeignCheckpoints(workplace.ready().ledger, wish.against)
      const answer = await verifyWorkplace(workplace, wish, {
        signal: call.signal,
        onProgress: ({ done, total }) => call.progress(total === 0 ? 1 : done / total, `${done} of ${total} entries`),
      })
      // That somebody holds another key says nothing of the entries to everybody else.
      if (answer.firstBad?.kind === 'pinned-key-differs') return answer
      last = answer
      recordDamage(workplace, answer)
      return answer
    },
    'ledger.verifyBlobs': async (_, call) => {
      const began = performance.now()
      const found = await verifyBlobs(workplace.ready(), {
        signal: call.signal,
        onProgress: ({ done, total }) => call.progress(total === 0 ? 1 : done / total, `${done} of ${total} blobs`),
      })
      return { ...found, durationMs: Math.round(performance.now() - began), at: new Date().toISOString() }
    },
    'ledger.histogram': ({ buckets }) => {
      const services = workplace.ready()
      const { size } = services.ledger
      if (size === 0) return { from: null, to: null, counts: [] }
      const from = timeOf(services, 0)
      const to = timeOf(services, size - 1)
      if (from === null || to === null) return { from: null, to: null, counts: [] }
      const width = (Date.parse(to) - Date.parse(from)) / buckets
      if (width <= 0) return { from, to, counts: [size] }
      const edges = Array.from({ length: buckets + 1 }, (_, index) =>
        index === buckets ? size : index === 0 ? 0 : firstAt(services, new Date(Date.parse(from) + index * width).toISOString()),
      )
      return { from, to, counts: edges.slice(1).map((edge, index) => Math.max(0, edge - (edges[index] ?? 0))) }
    },
  }
}

/** A note that somebody else signed says nothing about this ledger: neither that it holds nor that it does not. */
function refuseForeignCheckpoints(ledger: Ledger, notes: readonly string[]): void {
  for (const note of notes) asRequest(() => ledger.openCheckpoint(note), 'What is to be compared with is not a checkpoint of this ledger: ')
}

function requireEntry({ ledger }: Services, seq: number): SignedEntry {
  if (seq >= ledger.size) throw new RequestError('not-found', `There is no entry ${seq}: the ledger has ${ledger.size}, numbered from 0.`)
  return ledger.entry(seq)
}

/** When the entry was signed or, where it is damaged, the last one before it that is not; null where there is none. */
function timeOf({ ledger }: Services, seq: number): string | null {
  for (let at = seq; at >= 0; at--) {
    const row = ledger.row(at)
    if (!isDamage(row)) return row.entry.time
  }
  return null
}

/** The first entry at or after a time, by bisection: times are asserted by one clock and hardly ever step back. */
function firstAt(services: Services, time: string): number {
  let low = 0
  let high = services.ledger.size
  while (low < high) {
    const middle = (low + high) >> 1
    if ((timeOf(services, middle) ?? '') < time) low = middle + 1
    else high = middle
  }
  return low
}

function summarise({ people, ledger }: Services, { seq, leafHash, entry }: SignedEntry): LedgerEntry {
  const id = entry.actor.startsWith(personName(ledger.origin, '')) ? entry.actor.slice(personName(ledger.origin, '').length) : null
  return {
    seq,
    time: entry.time,
    actor: entry.actor,
    signedBy: id === null ? 'Orchestrator' : people.nameOf(id),
    action: entry.action,
    subject: entry.subject.map(({ name, digest }) => ({ name, digest: { sha256: digest.sha256 } })),
    about: aboutOf(people, entry.detail),
    leafHash: leafHash.toString('hex'),
  }
}

/** What a detail says of its run, version or person. An entry of another version of Strongroom may say it in another way: then nothing. */
function aboutOf(people: Services['people'], detail: SignedEntry['entry']['detail']): EntryAbout {
  const { success, data } = EntryAbout.safeParse(detail)
  if (!success) return {}
  return data.person === undefined ? data : { ...data, person: people.nameOf(data.person) }
}

function describe(services: Services, signed: SignedEntry): LedgerEntryDetail {
  const { ledger } = services
  const { seq, leafHash, envelope, entry, keyid } = signed
  const size = ledger.size
  const hashes = ledger.inclusionProof(seq, size)
  return {
    ...summarise(services, signed),
    keyId: keyid,
    payload: { ...entry },
    raw: envelope.toString('utf8'),
    proof: { index: seq, size, hashes: explainProof(seq, size, hashes), root: ledger.root.toString('base64') },
    proofFile: ledger.proofFile(seq),
    included: verifyInclusion(leafHash, seq, size, hashes, ledger.root),
  }
}

/** Each hash of an inclusion proof with the side it stands on and how many leaves are under it (RFC 9162, 2.1.3.2, walked upwards). */
function explainProof(index: number, size: number, hashes: readonly Buffer[]): LedgerEntryDetail['proof']['hashes'] {
  let position = index
  let last = size - 1
  let height = 0
  return hashes.map((hash) => {
    // Levels at which the node is the last of its row and has no sibling are skipped.
    while (position % 2 === 0 && position === last) {
      position = Math.floor(position / 2)
      last = Math.floor(last / 2)
      height++
    }
    const side = position % 2 === 1 ? 'left' : 'right'
    const sibling = side === 'left' ? position - 1 : position + 1
    const first = sibling * 2 ** height
    const leaves = Math.min(2 ** height, size - first)
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
    height++
    return { hash: hash.toString('hex'), leaves, side }
  })
}
