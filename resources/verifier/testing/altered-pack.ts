import { alterFolder, alterZip } from './alter-container.ts'
import { alterJson, alterJsonText, ODD_CHARACTERS, replaceOne, type Altered } from './alter-json.ts'
import { alterStory, continuedLog, longStory } from './alter-story.ts'
import { alterBytes, alterLines } from './alter-text.ts'
import {
  buildPack,
  jcs,
  MEASURED,
  METRICS,
  METRICS_FILE,
  newCast,
  newKey,
  ORIGIN,
  readJson,
  sealEnvelope,
  setJson,
  sha256,
  signBag,
  signCheckpoint,
  signManifest,
  sortFiles,
  writeFolder,
  zipFiles,
  type Files,
  type Json,
  type Step,
  type TestKey,
  writeTables,
} from './pack-builder.ts'
import { Random } from './random.ts'
import { writeFileSync } from 'node:fs'

// One altered pack for each (seed, index): an honest one in which one to three things were changed. What an attacker could recompute
// afterwards is recomputed (or not): entries signed anew by their signers, the tree and its checkpoint by the log key, the bag by the
// exporter. Somebody with all those keys is the worst that a verifier can meet, and finds the most ways to be read in two ways.

export const cast = newCast('differences')
const guest = newKey(`${ORIGIN}/person/p-guest`, Buffer.alloc(32, 1))
export const story = longStory(cast, guest)

/** What keys the alterations took: with none, no altered pack may be accepted. */
export type Keys = 'none' | 'exporter' | 'everybody'

export interface AlteredPack {
  /** What was altered, a line each. */
  readonly how: readonly string[]
  readonly keys: Keys
  /** The files before the container was altered. */
  readonly files: Files
  readonly isContainerAltered: boolean
  /** Writes it as a folder or a zip below `place`, a name without extension, and returns the path. */
  readonly write: (place: string) => string
  /** The verifier key that is pinned, if one is. */
  readonly key: string | undefined
}

interface Draft {
  steps: readonly Step[]
  keys: Keys
  readonly edits: ((files: Files) => void)[]
  /** Changes tag files, after the payload was bagged. */
  readonly tagEdits: ((files: Files) => void)[]
  exporter: TestKey
  readonly how: string[]
}

/** The honest pack that all others are made from. */
export function honestPack(): Files {
  return buildPack({ cast, steps: story, log: continuedLog, edit: addFramework })
}

function addFramework(files: Files): void {
  const framework = Buffer.from('{"items": [{"id": "G-1", "assessable": true}, {"id": "G-2", "assessable": true}, {"id": "G-3", "assessable": true}], "weight": 0.5}\n')
  files.set('data/frameworks/rmf.json', framework)
  const scope = readJson(files, 'data/pack.json') as { frameworks: Json[] }
  setJson(files, 'data/pack.json', { ...scope, frameworks: [...scope.frameworks, { id: 'rmf', title: 'RMF', file: 'data/frameworks/rmf.json', sha256: sha256(framework) }] })
  const claim = { framework: 'rmf', facts: [], missing: [], appliesFrom: null }
  setJson(files, 'data/claims.json', [
    ...(readJson(files, 'data/claims.json') as Json[]),
    { ...claim, obligation: 'G-1', status: 'partial', text: 'Partly.', facts: ['F0001', 'F0003'], missing: ['attestation'] },
    { ...claim, obligation: 'G-2', status: 'not-applicable', text: 'Not applicable: no such use.' },
    { ...claim, obligation: 'G-3', status: 'not-yet', text: 'Not in use yet.' },
  ])
}

export function alteredPack(seed: number, index: number): AlteredPack {
  const random = new Random(seed, index)
  return random.chance(0.2) ? alterFinished(random) : alterDraft(random)
}

/** Somebody without keys changes a finished pack. */
function alterFinished(random: Random): AlteredPack {
  const files = honestPack()
  const how: string[] = []
  for (let n = random.pick([1, 1, 1, 2, 3]); n > 0; n--) {
    const path = random.pick([...files.keys()])
    how.push(random.chance(0.2) ? alterNames(random, files) : alterFile(random, files, path))
  }
  return finish(random, { files, how, keys: 'none' }, 0.3)
}

/** The exporter, or a conspiracy of everybody with a key, writes another pack by the book. */
function alterDraft(random: Random): AlteredPack {
  const draft: Draft = { steps: story, keys: 'exporter', edits: [addFramework], tagEdits: [], exporter: cast.admin, how: [] }
  for (let n = random.pick([1, 1, 1, 2, 2, 3]); n > 0; n--) random.pick(DRAFT_CHANGES)(random, draft)
  const { steps, edits, tagEdits, exporter, keys, how } = draft
  const files = buildPack({ cast, steps, log: continuedLog, exporter, edit: (payload) => edits.forEach((edit) => edit(payload)) })
  tagEdits.forEach((edit) => edit(files))
  if (random.chance(0.15)) how.push(`then ${damageEntry(random, files)}`)
  return finish(random, { files, how, keys }, 0.1)
}

function finish(random: Random, pack: Pick<AlteredPack, 'files' | 'how' | 'keys'>, containerChance: number): AlteredPack {
  const { files, how } = pack
  const isFolder = random.chance(0.25)
  const isContainerAltered = how.length === 0 || random.chance(containerChance)
  const zip = isFolder ? undefined : isContainerAltered ? alterZip(random, files) : { value: zipFiles(sortFiles(files)), how: '' }
  const lines = [...how, ...(isContainerAltered ? [isFolder ? 'folder altered' : `zip ${zip?.how ?? ''}`] : [])]
  const write = (place: string): string => {
    if (zip !== undefined) {
      writeFileSync(`${place}.zip`, zip.value)
      return `${place}.zip`
    }
    writeFolder(files, place)
    if (isContainerAltered) lines[lines.length - 1] = alterFolder(random, place, files)
    return place
  }
  const key = random.chance(0.8) ? undefined : random.pick([cast.log, cast.log, guest]).verifierKey
  return { ...pack, how: lines, isContainerAltered, write, key }
}

/** What happens to a pack on its way: after a damaged or lost entry, what cannot be found may have stood in it. */
function damageEntry(random: Random, files: Files): string {
  const path = random.pick([...files.keys()].filter((each) => /^data\/(entries|proofs)/.test(each)))
  if (random.chance(0.3)) {
    files.delete(path)
    return `${path} lost`
  }
  const { value, how } = alterBytes(random, files.get(path) ?? Buffer.alloc(0))
  files.set(path, value)
  return `${path} ${how}`
}

type DraftChange = (random: Random, draft: Draft) => void

const JSON_FILES = ['data/pack.json', 'data/facts.json', 'data/claims.json', 'data/omissions.json', 'data/disclosures.json']
const alterStorySteps: DraftChange = (random, draft) => {
  const { value, how } = alterStory(random, draft.steps, cast, guest)
  Object.assign(draft, { steps: value, keys: 'everybody' })
  draft.how.push(`story: ${how}`)
}

/** Another payload, signed by who signed before. */
const alterPayload: DraftChange = (random, draft) => {
  alterLeaf(random, draft, (leaf, step) => {
    const text = payloadOf(leaf)
    const { value, how } = random.chance(0.7) ? tryAlterJson(random, text) : alterJsonText(random, text)
    return { value: sealEnvelope(step.by, 'application/vnd.strongroom.entry+json', value), how: `payload ${how}` }
  })
}

/** Another envelope, in the tree, that nobody signed. */
const alterEnvelope: DraftChange = (random, draft) => {
  alterLeaf(random, draft, (leaf) => {
    const text = leaf.toString()
    return random.chance(0.5) ? tryAlterJson(random, text) : alterJsonText(random, text)
  })
}

/** The payload of an envelope; empty if an alteration before left none. */
function payloadOf(envelope: Buffer): string {
  try {
    const { payload } = JSON.parse(envelope.toString()) as { payload: Json }
    return typeof payload === 'string' ? Buffer.from(payload, 'base64').toString() : ''
  } catch {
    return ''
  }
}

function alterLeaf(random: Random, draft: Draft, alter: (leaf: Buffer, step: Step) => Altered<Buffer>): void {
  const at = random.int(draft.steps.length)
  draft.keys = 'everybody'
  draft.steps = draft.steps.map((step, i) => {
    if (i !== at) return step
    const tamper = (leaf: Buffer): Buffer => {
      const { value, how } = alter(step.tamper?.(leaf) ?? leaf, step)
      draft.how.push(`${step.name}: ${how}`)
      return value
    }
    return { ...step, tamper }
  })
}

const DRAFT_CHANGES: readonly DraftChange[] = [
  ...Array<DraftChange>(5).fill(alterStorySteps),
  ...Array<DraftChange>(4).fill(alterPayload),
  ...Array<DraftChange>(2).fill(alterEnvelope),
  ...Array<DraftChange>(6).fill((random, draft) => {
    const path = random.pick(JSON_FILES)
    draft.edits.push((files) => draft.how.push(alterJsonFile(random, files, path)))
  }),
  (random, draft) => {
    draft.keys = 'everybody'
    draft.edits.push((files) => draft.how.push(alterCheckpoint(random, files)))
  },
  (random, draft) => draft.edits.push((files) => draft.how.push(alterProof(random, files))),
  (random, draft) => draft.edits.push((files) => draft.how.push(alterFrameworkFile(random, files))),
  (random, draft) => draft.edits.push((files) => draft.how.push(alterFrameworkFile(random, files))),
  alterMetrics,
  alterMetrics,
  (random, draft) => {
    draft.exporter = random.pick([cast.engineer, cast.approver, cast.orchestrator, cast.stranger, cast.log, guest])
    draft.keys = 'everybody'
    draft.how.push(`exported by ${draft.exporter.name}`)
  },
  (random, draft) => {
    const path = random.pick(['data/gaps.csv', 'data/traceability.csv', 'data/report.html'])
    draft.edits.push((files) => {
      writeTables(files)
      draft.how.push(alterFile(random, files, path))
    })
  },
  (random, draft) => draft.edits.push((files) => draft.how.push(alterNames(random, files))),
  (random, draft) => draft.edits.push((files) => draft.how.push(alterNames(random, files))),
  (random, draft) => {
    const path = random.pick(['bagit.txt', 'bag-info.txt', 'bag-info.txt', 'README.txt', 'manifest-sha256.txt', 'manifest-sha256.txt'])
    draft.tagEdits.push((files) => {
      draft.how.push(alterFile(random, files, path))
      signBag(files, draft.exporter, statementOf(files, draft))
    })
  },
  (random, draft) => {
    draft.tagEdits.push((files) => {
      draft.how.push(alterFile(random, files, 'tagmanifest-sha256.txt'))
      signManifest(files, draft.exporter, statementOf(files, draft))
    })
  },
  (random, draft) => draft.tagEdits.push((files) => draft.how.push(alterSignature(random, files))),
]

/** The exporter's statement, which says of the tree what pack.json says now. */
function statementOf(files: Files, draft: Draft): { readonly [name: string]: Json } {
  try {
    const scope = readJson(files, 'data/pack.json') as { origin: string; tree: { size: number } }
    return { predicate: { origin: scope.origin, statement: '', treeSize: scope.tree.size } }
  } catch {
    return { predicate: { origin: ORIGIN, statement: '', treeSize: draft.steps.length } }
  }
}

function alterJsonFile(random: Random, files: Files, path: string): string {
  const text = (files.get(path) ?? Buffer.alloc(0)).toString()
  const { value, how } = random.chance(0.75) ? tryAlterJson(random, text) : alterJsonText(random, text)
  files.set(path, value)
  return `${path}: ${how}`
}

function tryAlterJson(random: Random, text: string): Altered<Buffer> {
  try {
    return mapValue(alterJson(random, JSON.parse(text) as Json), (json) => Buffer.from(jcs(json)))
  } catch {
    return alterJsonText(random, text)
  }
}

function mapValue<T, U>({ value, how }: Altered<T>, map: (value: T) => U): Altered<U> {
  return { value: map(value), how }
}

/** Another checkpoint in its file and at the end of every proof, signed by the log key unless its signatures were altered. */
function alterCheckpoint(random: Random, files: Files): string {
  const old = (files.get('data/checkpoint.txt') ?? Buffer.alloc(0)).toString()
  const isText = random.chance(0.5)
  const end = old.indexOf('\n\n') + 1
  const { value, how } = isText ? alterLines(random, Buffer.from(old.slice(0, end))) : alterLines(random, Buffer.from(old))
  const note = isText ? Buffer.from(signCheckpoint(random.pick([continuedLog, continuedLog, cast.log]), value.toString(), random.pick(['', '— witness.example/w AAAAAAAA\n', '— witness\ufeff AAAAAAAA\n', '— witness\u200b AAAAAAAA\n', '— wit+ness AAAAAAAA\n']))) : value
  const everywhere = random.chance(0.8)
  for (const [path, bytes] of files) {
    if (everywhere && path.startsWith('data/proofs/')) files.set(path, Buffer.concat([bytes.subarray(0, bytes.indexOf('\n\n') + 2), note]))
  }
  files.set('data/checkpoint.txt', note)
  return `checkpoint ${isText ? 'text' : 'note'}${everywhere ? ' everywhere' : ''}: ${how}`
}

function alterProof(random: Random, files: Files): string {
  const proofs = [...files.keys()].filter((path) => path.startsWith('data/proofs/'))
  const path = random.pick(proofs)
  const other = random.pick(proofs)
  if (random.chance(0.15)) {
    files.set(path, files.get(other) ?? Buffer.alloc(0))
    return `${path}: that of ${other}`
  }
  if (random.chance(0.15)) {
    const extra = random.pick(['extra AAAA', 'extra ', 'extra A', 'extra AAAA\nextra AAAA', 'Extra AAAA', 'extra  AAAA', 'extra\tAAAA'])
    files.set(path, Buffer.from((files.get(path) ?? '').toString().replace('index', () => `${extra}\nindex`)))
    return `${path}: ${JSON.stringify(extra)}`
  }
  return alterFile(random, files, path)
}

/** Another framework, which pack.json names. */
function alterFrameworkFile(random: Random, files: Files): string {
  const path = random.pick(['data/frameworks/act.json', 'data/frameworks/rmf.json'])
  const text = (files.get(path) ?? '').toString()
  const { value, how } = random.chance(0.5) ? tryAlterJson(random, text) : alterJsonText(random, text)
  const old = sha256(files.get(path) ?? Buffer.alloc(0))
  files.set(path, value)
  if (random.chance(0.9)) {
    const scope = (files.get('data/pack.json') ?? '').toString()
    files.set('data/pack.json', Buffer.from(scope.replace(old, sha256(value))))
  }
  return `${path}: ${how}`
}

/** Another document of metrics, which its entry and the facts name: how numbers and strings of it are read shows in the facts. */
function alterMetrics(random: Random, draft: Draft): void {
  const text = METRICS.toString()
  const number = random.pick(['0.1', '1e-7', '1e21', '123456789012345678', '-0', '-0.0', '1200.0', '12e2', '5e-324', '1.7976931348623157e308', '9007199254740991', '9007199254740992', '9007199254740993.0', '-9007199254740991.0', '4.35', '0.000001', '1e-6', '333333333.33333329', '1e20', '100000000000000000000', '2.5e-8', '1.0e+2', '0.30000000000000004', `0.${'3'.repeat(500)}`, `0.${'3'.repeat(1100)}`])
  const { value, how } = random.pick([
    () => ({ value: Buffer.from(text.replace('0.91', number)), how: `accuracy ${number.slice(0, 40)}` }),
    () => alterJsonText(random, text),
    () => tryAlterJson(random, text),
  ])()
  const stated = random.pick<Json>([number, String(Number(number)), Number.isSafeInteger(Number(number)) ? Number(number) + 0 : 0, '0.91'])
  draft.keys = 'everybody'
  draft.steps = draft.steps.map((step) => (step.name !== 'trained' ? step : { ...step, detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, metrics: MEASURED, outs: [{ path: 'metrics.json', sha256: sha256(value) }] }) }))
  draft.edits.push((files) => {
    files.delete(METRICS_FILE)
    files.set(`data/documents/${sha256(value)}/metrics.json`, value)
    if (random.chance(0.1)) files.set(`data/documents/${sha256(value)}/another.json`, random.chance(0.5) ? value : METRICS)
    const facts = (files.get('data/facts.json') ?? '').toString().replaceAll(sha256(METRICS), sha256(value))
    files.set('data/facts.json', Buffer.from(how.startsWith('accuracy') ? facts.replace('"value":"0.91"', () => `"value":${jcs(stated)}`) : facts))
  })
  draft.how.push(`metrics ${how}, stated as ${jcs(stated).slice(0, 60)}`)
}

function alterSignature(random: Random, files: Files): string {
  if (random.chance(0.4)) return alterFile(random, files, 'signature.dsse.json')
  const statement = payloadOf(files.get('signature.dsse.json') ?? Buffer.alloc(0))
  const { value, how } = random.chance(0.8) ? tryAlterJson(random, statement) : alterJsonText(random, statement)
  const signer = random.pick([cast.admin, cast.admin, cast.admin, cast.engineer, cast.stranger, guest, cast.orchestrator, cast.log])
  files.set('signature.dsse.json', sealEnvelope(signer, random.pick(['application/vnd.in-toto+json', 'application/vnd.in-toto+json', 'text/plain']), value))
  return `statement signed by ${signer.name}: ${how}`
}

/** Takes away, adds, renames or exchanges files of the payload. */
function alterNames(random: Random, files: Files): string {
  const paths = [...files.keys()]
  const path = random.pick(paths)
  const other = random.pick(paths)
  const bytes = files.get(path) ?? Buffer.alloc(0)
  const odd = random.pick(ODD_CHARACTERS.filter((each) => each !== '\u0000' && each !== '/'))
  const name = random.pick([`data/entries/${String(random.int(20)).padStart(8, '0')}.json`, `data/proofs/${String(random.int(20)).padStart(8, '0')}.tlog-proof`, 'data/frameworks/more.json', `data/documents/${sha256(bytes)}/x`, `data/documents/${'0'.repeat(64)}/x`, 'data/x', 'x', 'data/entries/1.json', 'data/entries/000000001.json', replaceOne(random, path, /[a-z0-9]/g, () => odd)])
  return random.pick([
    () => (files.delete(path), `without ${path}`),
    () => (files.set(name, bytes), `${name} added, as ${path}`),
    () => (files.delete(path), files.set(name, bytes), `${path} called ${JSON.stringify(name)}`),
    () => (files.set(path, files.get(other) ?? bytes), files.set(other, bytes), `${path} and ${other} exchanged`),
    () => (files.set(path, files.get(other) ?? bytes), `${path} a copy of ${other}`),
  ])()
}

function alterFile(random: Random, files: Files, path: string): string {
  const bytes = files.get(path) ?? Buffer.alloc(0)
  const isJson = path.endsWith('.json') && random.chance(0.7)
  const { value, how } = random.chance(0.15)
    ? alterBytes(random, bytes)
    : isJson
      ? random.chance(0.5) ? tryAlterJson(random, bytes.toString()) : alterJsonText(random, bytes.toString())
      : alterLines(random, bytes)
  files.set(path, value)
  return `${path}: ${how}`
}


