import type { VersionSummary } from '../../../shared/contract/index.ts'

/**
 * The versions in which every word of a search is found, in any order: in the name of the model, an alias, a tag's key, the run, the author, the stage or the beginning of the
 * digest. A number, with or without `v` or `#`, is a version's or a run's, whole: `credit 1` is not `credit 12`.
 */
export function findVersions(versions: readonly VersionSummary[], text: string): readonly VersionSummary[] {
  const wanted = text.toLowerCase().split(/[\s:@]+/).filter((word) => word !== '')
  return versions.filter((version) => wanted.every((word) => hasWord(version, word)))
}

function hasWord({ model, version, run, author, artifact, stage, aliases, tags }: VersionSummary, word: string): boolean {
  const number = /^[v#]?(\d+)$/.exec(word)?.[1]
  if (number !== undefined && (Number(number) === version || Number(number) === run)) return true
  if (artifact.startsWith(word)) return true
  const texts = [model, author, stage, ...aliases, ...Object.keys(tags), run === null ? 'outside' : 'run']
  return texts.some((each) => each.toLowerCase().includes(word))
}
