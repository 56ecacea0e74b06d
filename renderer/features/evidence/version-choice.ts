import type { VersionSummary } from '../../../shared/contract/index.ts'
import type { VersionKey } from '../../state/index.ts'

/** The version to assess where none is named: the one looked at last, else the newest in production, else in staging, else of all. */
export function versionToAssess<V extends Pick<VersionSummary, 'model' | 'version' | 'stage' | 'registeredAt'>>(
  versions: readonly V[],
  last: Pick<VersionKey, 'model' | 'version'> | undefined,
): V | undefined {
  const seen = versions.find(({ model, version }) => model === last?.model && version === last.version)
  const newestFirst = versions.toSorted((a, b) => b.registeredAt.localeCompare(a.registeredAt) || b.version - a.version)
  const inStage = (wanted: VersionSummary['stage']) => newestFirst.find(({ stage }) => stage === wanted)
  return seen ?? inStage('production') ?? inStage('staging') ?? newestFirst[0]
}
