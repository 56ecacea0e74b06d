import type { RunDetail } from '../../../shared/contract/index.ts'
import { runMessages } from '../../../shared/messages/runs.ts'

const words = runMessages.page

type WithCode = Pick<RunDetail, 'code'>

/** The commit that a run's code was at, in hexadecimal; null where that is not known. */
export function commitOf({ code }: WithCode): string | null {
  return /^[0-9a-f]{40,64}$/.test(code.commit) ? code.commit : null
}

/** What stands where a commit would: why there is none, in a word or two. */
export function withoutCommit({ code }: WithCode): string {
  return words.codeUnknown[code.reason ?? ''] ?? words.codeNotKnown
}

/** What went wrong when the version was asked for; null where nothing did, a project without a repository among these. */
export function codeFailureOf({ code }: WithCode): string | null {
  return code.reason === undefined || code.reason in words.codeUnknown ? null : code.reason
}
