import { join } from 'node:path'
import type { OrchestratorEvent } from '../../shared/contract/index.ts'
import { Backups } from '../backup/index.ts'
import { Paper, Timestamps, Witnesses } from '../anchors/index.ts'
import { FileHasher, type FileCrew } from '../content/index.ts'
import { Evidence } from '../evidence/index.ts'
import { Snapshots } from '../datasets/index.ts'
import { People, Roles, Sessions, type ScryptCost } from '../identity/index.ts'
import type { Ledger, Signer } from '../ledger/index.ts'
import { parameterText, readMetrics, readParameters } from '../pipelines/index.ts'
import { Projects } from '../projects/index.ts'
import { ModelSignatures, Registry } from '../registry/index.ts'
import type { BlobStore, Database } from '../storage/index.ts'
import { findGpus, Training } from '../training/index.ts'
import type { DataFolder, Installation } from '../client/index.ts'
import { openFileMemory } from './file-memory.ts'
import { invalidPipeline } from './invalid-pipeline.ts'
import { registerModel } from './model-registration.ts'
import { RegistryKeyFile } from './registry-key.ts'
import type { Services } from './services.ts'

export interface Parts {
  readonly folder: DataFolder
  readonly installation: Installation
  readonly software: string
  readonly organisation: string
  readonly db: Database
  /** Threads that read files. */
  readonly crew: FileCrew
  readonly blobs: BlobStore
  readonly ledger: Ledger
  readonly orchestrator: Signer
  readonly clock: () => number
  readonly emit: (event: OrchestratorEvent) => void
  readonly emitTo: (clientKey: string, event: OrchestratorEvent) => void
  /** A fault that no request waits for. */
  readonly onFault: (error: unknown) => void
  readonly scrypt: ScryptCost
}

/** Wires the services together: what each needs of another arrives here, as a constructor parameter. */
export function composeServices(parts: Parts): Services {
  const { folder, installation, software, organisation, db, crew, blobs, ledger, orchestrator, clock, emit, emitTo, onFault, scrypt } = parts
  const people = new People({ db, ledger, orchestrator, personKeys: folder.personKeys, scrypt })
  if (people.loadNames() > 0) overwriteRemnants(db, onFault)
  const nameOf = (person: string) => people.nameOf(person)
  const sessions = new Sessions({ people, ledger, orchestrator, clock, onEnded: (clientKey) => emitTo(clientKey, { type: 'session.changed' }) })
  const projects = new Projects({ db, ledger, clock, dataFolder: folder.root })
  const memory = openFileMemory(folder.hints, orchestrator)
  const hasher = new FileHasher(crew, { memory })
  const snapshots: Snapshots = new Snapshots({ db, ledger, blobs, memory, clock, nameOf, runsUsing: (entry) => training.runsUsing(entry) })
  const registry = new Registry({ db, ledger, orchestrator, clock, nameOf, authority: people.authority })
  const registryKey = new RegistryKeyFile(folder.keys)
  const signatures = new ModelSignatures({ ledger, orchestrator, blobs, key: registryKey, onFault })
  const training: Training = new Training({
    db,
    ledger,
    orchestrator,
    clock: () => new Date(clock()),
    dataFolder: folder.root,
    nodePath: installation.node,
    runnerPath: installation.runner,
    binFolder: installation.bin,
    remoteProgram: join(installation.resources, 'remote', 'attempt.sh'),
    software,
    findGpus,
    hash: (paths) => hasher.hash(paths),
    blobs,
    snapshots,
    readMetrics,
    readParameters: async (projectFolder, stages) => {
      const read = await readParameters(projectFolder, stages)
      if (!read.ok) throw invalidPipeline(read.problems)
      const values = Object.entries(read.value.values).map(([name, value]) => [name, parameterText(value)] as const)
      return { values: Object.fromEntries(values), files: read.value.files }
    },
    onStageSucceeded: (tx, success) => {
      const key = registerModel(registry, tx, success, training.run(success.run).stages)
      // Once the commit stands. What a full disk prevents is done when the model leaves.
      if (key) setImmediate(() => void signatures.sign(registry.version(key)).catch(onFault))
    },
    emit: (event) => {
      emit(event)
      // A run that ends may have registered a version.
      if (event.type === 'run.changed') emit({ type: 'models.changed', project: event.project })
    },
    onFault,
  })
  const evidence = new Evidence({
    db,
    ledger,
    blobs,
    packsFolder: folder.packs,
    resources: installation.resources,
    node: installation.node,
    clock,
    software,
    organisation,
    nameOf,
    disclosureOf: (person) => people.disclosure(person),
  })
  const backups = new Backups({
    source: { db, blobs, folder, organisation, software, origin: ledger.origin },
    ledger,
    orchestrator,
    program: installation.ledgerVerifier,
    clock,
    onChanged: () => emit({ type: 'backups.changed' }),
    onFault,
  })
  return {
    organisation,
    db,
    blobs,
    memory,
    hasher,
    ledger,
    orchestrator,
    people,
    roles: new Roles({ ledger, people }),
    sessions,
    projects,
    snapshots,
    training,
    registry,
    signatures,
    evidence,
    witnesses: new Witnesses(ledger),
    paper: new Paper({ ledger, organisation, software, fonts: installation.fonts }),
    timestamps: new Timestamps(ledger),
    backups,
  }
}

/** Names that stood in plain text left copies in the free space of pages that were written before this was overwritten, and in the log. */
function overwriteRemnants(db: Database, onFault: Parts['onFault']): void {
  try {
    db.exec('VACUUM')
    db.pragma('wal_checkpoint(TRUNCATE)')
  } catch (error) {
    // The names are sealed and the workplace is whole; what is left is for whoever reads the log.
    onFault(error)
  }
}
