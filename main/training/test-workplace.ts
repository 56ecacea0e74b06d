/** A workplace for tests: real database, ledger, blobs and runners in a temporary folder; what other domains give comes by small ports. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ENTRY_DETAILS, PersonId, ProjectId, type ActionName, type OrchestratorEvent, type RunDetail, type RunId, type StageRun,
} from '../../shared/contract/index.ts'
import { Out, StageMeta, type Edge, type Pipeline, type Stage } from '../../shared/graph/pipeline.ts'
import type { Actor } from '../identity/index.ts'
import { Ledger, openHighWater, orchestratorName, personName, signerFromKey, verifierKeyText, type Entry, type Fact } from '../ledger/index.ts'
import { BlobStore, openDatabase } from '../storage/index.ts'
import { hashFile, mapInParallel, readContent } from '../content/index.ts'
import { Training, type TrainingDependencies } from './index.ts'
import { testRunner } from './runner/test-runner.ts'

const ORIGIN = 'example.org/training-test'
export const PROJECT = ProjectId.parse('sample')
/** Beside it, in `other/`: runs of two projects can be active at once. */
export const OTHER = ProjectId.parse('other')

export interface StageSketch {
  readonly cmd: string | readonly string[]
  readonly deps?: readonly string[]
  readonly outs?: readonly (string | { path: string; kind?: 'out' | 'metric' | 'plot'; persist?: boolean })[]
  readonly meta?: unknown
  readonly frozen?: boolean
  readonly alwaysChanged?: boolean
  /** Parameter files, read whole. */
  readonly params?: readonly string[]
}

/** A pipeline of sketched stages, and the `dvc.yaml` whose digest it carries. */
export function sketchPipeline(project: string, sketches: Readonly<Record<string, StageSketch>>): Pipeline {
  const stages = Object.entries(sketches).map(([name, sketch]): Stage => ({
    name,
    cmd: [sketch.cmd].flat(),
    wdir: '.',
    desc: null,
    deps: [...(sketch.deps ?? [])],
    outs: (sketch.outs ?? []).map((out) => Out.parse({ kind: 'out', cache: true, persist: false, ...(typeof out === 'string' ? { path: out } : out) })),
    params: (sketch.params ?? []).map((file) => ({ file, keys: [] })),
    frozen: sketch.frozen ?? false,
    alwaysChanged: sketch.alwaysChanged ?? false,
    meta: StageMeta.parse(sketch.meta ?? {}),
  }))
  const outs = stages.flatMap((stage) => stage.outs.map(({ path }) => ({ path, stage: stage.name })))
  const touches = (path: string, out: string): boolean => path === out || path.startsWith(`${out}/`) || out.startsWith(`${path}/`)
  const producersOf = (path: string): string[] => [...new Set(outs.filter((out) => touches(path, out.path)).map((out) => out.stage))]
  const edges = stages.flatMap((stage) =>
    [...stage.deps, ...stage.params.map(({ file }) => file)].flatMap((path): Edge[] => producersOf(path).map((from) => ({ from, to: stage.name, path }))),
  )
  const text = JSON.stringify({ stages: sketches })
  writeFileSync(join(project, 'dvc.yaml'), text)
  const sources = [...new Set(stages.flatMap((stage) => stage.deps))].filter((path) => producersOf(path).length === 0).sort()
  return { file: 'dvc.yaml', sha256: createHash('sha256').update(text).digest('hex'), stages, edges, sources, variables: [] }
}

/** Opens the workplace in a folder, making it (and its project in `project/`) the first time; a second process may do the same later. */
export async function openTestWorkplace(folder: string = newTestFolder(), overrides: Partial<TrainingDependencies> = {}) {
  const project = join(folder, 'project')
  const other = join(folder, 'other')
  for (const each of [project, other]) mkdirSync(each, { recursive: true })
  const db = openDatabase(join(folder, 'strongroom.db'))
  const key = (file: string) => {
    const path = join(folder, file)
    if (!existsSync(path)) writeFileSync(path, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
    return createPrivateKey(readFileSync(path))
  }
  const person = PersonId.parse('p-00000001')
  const [logKey, orchestratorKey, personKey] = [key('log.pem'), key('orchestrator.pem'), key('person.pem')]
  const orchestrator = signerFromKey(orchestratorName(ORIGIN), orchestratorKey)
  const actor: Actor = { person, displayName: 'Ada', signer: signerFromKey(personName(ORIGIN, person), personKey) }
  const highWater = openHighWater(join(folder, 'high-water'))
  const clock = () => new Date()
  const options = {
    origin: ORIGIN, logSigner: signerFromKey(ORIGIN, logKey), clock, highWater,
    guard: ({ action, detail }: Fact) => void ENTRY_DETAILS[action as ActionName].parse(detail),
  }
  const isNew = db.prepare('SELECT 1 FROM ledger_entries LIMIT 1').get() === undefined
  const ledger = isNew ? Ledger.create(db, options) : Ledger.open(db, options)
  if (isNew) {
    const publicText = (name: string, of: typeof logKey) => verifierKeyText(name, createPublicKey(of))
    ledger.commit((tx) => {
      const detail = { logKey: publicText(ORIGIN, logKey), orchestratorKey: publicText(orchestratorName(ORIGIN), orchestratorKey), software: 'test' }
      tx.append(orchestrator, { action: 'ledger.created', subject: [], detail })
      const personText = publicText(personName(ORIGIN, person), personKey)
      tx.append(orchestrator, { action: 'person.enrolled', subject: [], detail: { person, roles: ['engineer'], key: personText } })
      db.prepare(`INSERT INTO people (id, handle, display_name, name_salt, roles, active, verifier_key, sealed_key, enrolled_entry)
        VALUES (?, 'ada', 'Ada', '', '["engineer"]', 1, ?, '', 1)`).run(person, personText)
      db.prepare(`INSERT INTO projects (id, folder, name, intended_purpose, roles, annex_iii, created_at, created_entry)
        VALUES (?, ?, 'Sample', 'test', '["provider"]', '', '', 1), (?, ?, 'Other', 'test', '["provider"]', '', '', 1)`).run(PROJECT, project, OTHER, other)
    })
  }
  const blobs = new BlobStore(folder)
  await blobs.open()

  const events: OrchestratorEvent[] = []
  const faults: unknown[] = []
  const waiters = new Set<() => void>()
  const training = new Training({
    db, ledger, orchestrator, clock, blobs,
    dataFolder: folder,
    nodePath: process.execPath,
    runnerPath: testRunner(),
    binFolder: null,
    remoteProgram: join(import.meta.dirname, '../../resources/remote/attempt.sh'),
    software: 'test',
    findGpus: () => Promise.resolve({ gpus: [], problems: [] }),
    cpus: 4,
    hash: (paths) => mapInParallel(paths, (path) => hashFile(path)),
    snapshots: {
      async take({ signer }, { project: id, folder: root, path }) {
        const content = await readContent(root, path, (file) => blobs.putFile(file))
        const { manifest } = content
        const detail = { project: id, dataset: path, path, manifest, files: content.files.length, bytes: content.bytes }
        const entry = ledger.commit((tx) => tx.append(signer, { action: 'dataset.snapshot', subject: [], detail }).seq)
        return { manifest, entry }
      },
    },
    async readMetrics(root, stage) {
      const files = stage.outs.filter((out) => out.kind === 'metric').map((out) => readFileSync(join(root, out.path), 'utf8'))
      return { ok: true, value: Object.assign({}, ...files.map((text) => JSON.parse(text) as object)) as Record<string, string> }
    },
    readParameters: async () => ({ values: {}, files: [] }),
    onStageSucceeded: () => undefined,
    emit(event) {
      events.push(event)
      for (const wake of waiters) wake()
    },
    onFault: (error) => faults.push(error),
    ...overrides,
  })

  /** Resolves when `condition` holds; looked at after each event. */
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return
        waiters.delete(look)
        resolve()
      }
      waiters.add(look)
      look()
    })
  const stageOf = (run: RunId, name: string): StageRun => {
    const stage = training.run(run).stages.find((candidate) => candidate.stage === name)
    if (!stage) throw new Error(`no stage ${name}`)
    return stage
  }
  return {
    folder, project, other, db, ledger, blobs, training, actor, events, faults, until, stageOf,
    attemptFolder: (run: number, stage: string, attempt = 1) => join(folder, 'runs', String(run), stage, String(attempt)),
    start: (sketches: Readonly<Record<string, StageSketch>>, targets?: readonly string[], force = false) =>
      training.start(actor, { project: { id: PROJECT, folder: project }, pipeline: sketchPipeline(project, sketches), targets, force }),
    startOther: (sketches: Readonly<Record<string, StageSketch>>, priority = 0) =>
      training.start(actor, { project: { id: OTHER, folder: other }, pipeline: sketchPipeline(other, sketches), priority }),
    status: (sketches: Readonly<Record<string, StageSketch>>) =>
      training.status({ id: PROJECT, folder: project }, sketchPipeline(project, sketches)),
    async finished(run: RunId): Promise<RunDetail> {
      await until(() => !['queued', 'running'].includes(training.run(run).state))
      return training.run(run)
    },
    /** The ledger's entries from the first run on, as the parsed facts. */
    facts: (): Entry[] => ledger.entries({ from: 2, limit: 1000 }).map(({ entry }) => entry),
    async close(): Promise<void> {
      await training.close()
      highWater.close()
      db.close()
    },
  }
}

export function newTestFolder(): string {
  return mkdtempSync(join(tmpdir(), 'strongroom-training-'))
}

/** Shell text that runs a small program in the Node of the tests. */
export function nodeCommand(program: string): string {
  return `'${process.execPath}' -e '${program.replaceAll(`'`, `'\\''`)}'`
}
