import { ENTRY_DETAILS, RequestError, type DetailOf, type Project, type RunId, type SystemDescription, type VersionSummary } from '../../shared/contract/index.ts'
import type { SignedEntry } from '../ledger/index.ts'
import type { Scope } from './scope.ts'

/** How an entry describes the system, from its position on. */
export interface Description extends SystemDescription {
  readonly entry: number
}

/** A version as the signed entries of its scope have it. */
export interface RecordedVersion extends Pick<DetailOf<'model.version.registered'>, 'project' | 'model' | 'version' | 'author' | 'artifact' | 'bytes' | 'format'> {
  /** Null where it was imported. */
  readonly run: RunId | null
  readonly imported: DetailOf<'model.version.imported'> | null
  /** The one of the registry that the last change led to: not the stage of the pipeline. */
  readonly stage: VersionSummary['stage']
  /** That of its registration or import. */
  readonly entry: number
  /** Of the last change of stage, or of the registration or import. */
  readonly stageEntry: number
}

/** What a pack says of a version and its system: from signed entries alone, never from the rows that were made beside them. */
export interface Recorded {
  /** In the order of the ledger; the last one holds now. */
  readonly descriptions: readonly Description[]
  readonly system: Description
  readonly version: RecordedVersion
}

/** Reads it out of a scope. Throws RequestError `storage-damaged` where no entry describes the project or registers the version. */
export function readRecorded({ entries, version: row }: Scope): Recorded {
  const descriptions = entries.filter(({ entry }) => entry.action === 'project.created' || entry.action === 'project.changed').map(readDescription)
  const system = descriptions.at(-1)
  if (system === undefined) throw damaged(`No entry describes the project ${row.project}`)
  const registered = entries.find(({ entry }) => entry.action === 'model.version.registered' || entry.action === 'model.version.imported')
  if (registered === undefined) throw damaged(`The row of ${row.model} ${row.version} of ${row.project} names entry ${row.entry} as its registration, which it is not`)
  const moved = entries.findLast(({ entry }) => entry.action === 'model.stage.changed')
  const imported = registered.entry.action === 'model.version.imported' ? ENTRY_DETAILS['model.version.imported'].parse(registered.entry.detail) : null
  const { project, model, version: number, author, artifact, bytes, format, run } = imported ? { ...imported, run: null } : ENTRY_DETAILS['model.version.registered'].parse(registered.entry.detail)
  const version = { project, model, version: number, author, artifact, bytes, format, run, imported }
  const stage = moved ? ENTRY_DETAILS['model.stage.changed'].parse(moved.entry.detail).to : 'experiment'
  return { descriptions, system, version: { ...version, stage, entry: registered.seq, stageEntry: moved?.seq ?? registered.seq } }
}

function readDescription({ seq, entry }: SignedEntry): Description {
  const { name, intendedPurpose, roles, annexIII } = ENTRY_DETAILS['project.changed'].parse(entry.detail)
  return { name, intendedPurpose, roles, annexIII, entry: seq }
}

/**
 * Holds the rows of project and version against the entries. Throws RequestError `storage-damaged` that names the first row which says something
 * else, what it says, and the entry: nobody who uses Strongroom can have made that.
 */
export function expectRowsAsRecorded({ system, version: recorded }: Recorded, project: Project, row: VersionSummary): void {
  const ofProject = `The row of the project ${project.id}`
  const ofVersion = `The row of ${row.model} ${row.version} of ${row.project}`
  const claims: readonly (readonly [string, string, unknown, unknown, number])[] = [
    [ofProject, 'name', project.name, system.name, system.entry],
    [ofProject, 'intended purpose', project.intendedPurpose, system.intendedPurpose, system.entry],
    [ofProject, 'roles', project.roles, system.roles, system.entry],
    [ofProject, 'point of Annex III', project.annexIII, system.annexIII, system.entry],
    [ofVersion, 'registration', row.entry, recorded.entry, recorded.entry],
    [ofVersion, 'stage', row.stage, recorded.stage, recorded.stageEntry],
    [ofVersion, 'author', row.authorPerson, recorded.author, recorded.entry],
    [ofVersion, 'run', row.run, recorded.run, recorded.entry],
    [ofVersion, 'artifact', row.artifact, recorded.artifact, recorded.entry],
    [ofVersion, 'bytes', row.bytes, recorded.bytes, recorded.entry],
    [ofVersion, 'format', row.format, recorded.format, recorded.entry],
  ]
  for (const [of, what, says, signed, entry] of claims) {
    if (JSON.stringify(says) !== JSON.stringify(signed)) {
      throw damaged(`${of} has the ${what} ${JSON.stringify(says)}, where the signed entry ${entry} has ${JSON.stringify(signed)}`)
    }
  }
}

function damaged(what: string): RequestError {
  return new RequestError('storage-damaged', `${what}: the database was changed by something else than Strongroom. Restore the data folder from a backup, then export.`)
}
