import type { ProjectId } from '../../shared/contract/index.ts'
import { forgetWithResources } from './resource.ts'
import type { VersionKey } from './resources.ts'

const lastOf = new Map<ProjectId, VersionKey>()
forgetWithResources(() => lastOf.clear())

/** Notes that a version was looked at, on its own page or for its evidence, so that a view that names none goes on with it. */
export function rememberVersion(version: VersionKey): void {
  lastOf.set(version.project, version)
}

/** The version of the project that was looked at last in this window by the person here; it may have been removed since. */
export function lastVersion(project: ProjectId): VersionKey | undefined {
  return lastOf.get(project)
}
