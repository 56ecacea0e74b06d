import type { Progress } from '../../shared/contract/index.ts'
import { printable } from './printable.ts'

/** A line of progress on standard error, rewritten in place on a terminal and left out elsewhere. */
export function showProgress(wanted: boolean): { readonly update: (progress: Progress) => void; readonly end: () => void } {
  const { stderr } = process
  if (!wanted || !stderr.isTTY) return { update: () => undefined, end: () => undefined }
  return {
    update: ({ share, text }) => stderr.write(`\r\u001b[K${String(Math.round(share * 100)).padStart(3)} %  ${printable(text)}`),
    end: () => stderr.write('\r\u001b[K'),
  }
}
