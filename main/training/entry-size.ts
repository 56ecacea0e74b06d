import type { DetailOf } from '../../shared/contract/index.ts'
import { canonicalJson, MAX_LEAF_BYTES, type JsonValue } from '../ledger/index.ts'

type Parts = Pick<DetailOf<'stage.succeeded'>, 'metrics' | 'outs' | 'evidence'> & { readonly [part: string]: JsonValue }

/** Why the success of a stage does not fit one entry of the ledger, by what takes most of its room, and what to do about it. */
export function explainTooLarge({ metrics, outs, evidence }: Parts): string {
  const whole = 'is kept whole under its digest'
  const [first] = [
    {
      part: metrics,
      why: `its ${Object.keys(metrics).length} metrics. Leave in its metric files what models are judged by or runs are compared by, and write the rest to an out or a plot, which ${whole}`,
    },
    { part: outs, why: `its ${outs.length} outs. Write them into one folder and make that the out: it ${whole}` },
    { part: evidence, why: `its ${evidence.length} files of evidence and the obligations that they name. Name fewer, or let stages of their own leave them` },
  ].sort((a, b) => canonicalJson(b.part).length - canonicalJson(a.part).length)
  return `The stage ended well and was not recorded: one entry of the ledger has room for ${MAX_LEAF_BYTES} bytes, and most of this one were ${first?.why}; then run again. What it left is in the project's folder.`
}
