import type { RunDetail } from '../../../shared/contract/index.ts'

/** The commit that a run's code was at, in hexadecimal; null where the project is no git repository. */
export function commitOf({ code }: Pick<RunDetail, 'code'>): string | null {
  return /^[0-9a-f]{40,64}$/.test(code.commit) ? code.commit : null
}
