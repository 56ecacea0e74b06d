import { recordedText } from './fact.ts'
import { html, type Html } from './html.ts'
import type { Description, Recorded } from './recorded.ts'
import { isDecision, type Scope } from './scope.ts'

/** Each decision with what was signed, and with the description of the system that stood when it was: a later one is not what was approved. */
export function writeDecisions(scope: Scope, recorded: Recorded, names: (actor: string) => string): Html {
  const decisions = scope.entries.filter(({ entry }) => isDecision(entry.action))
  if (decisions.length === 0) return html`<p>Nobody has decided on this version.</p>`
  return html`${decisions.map(({ seq, entry }) => {
    const { to, request, meaning, statement, comment } = entry.detail
    const what = entry.action.startsWith('model.rollback.') ? 'the return' : 'promotion'
    return html`<div class="decision">
<p><b>${names(entry.actor)}</b> ${entry.action.endsWith('.approved') ? 'approved' : 'rejected'} ${what} to ${recordedText(to)},
entry ${seq}, in answer to the request in entry ${recordedText(request)}.</p>
<blockquote>${recordedText(statement)}</blockquote>
${comment === '' ? html`` : html`<p>Comment: ${recordedText(comment)}</p>`}
<p>Signed with the meaning <b>${recordedText(meaning)}</b> at ${entry.time} (asserted by the signer), having seen the ledger at
${entry.seen.size} entries.</p>
${writeDescriptionAt(seq, recorded)}
</div>`
  })}`
}

function writeDescriptionAt(seq: number, { descriptions }: Recorded): Html {
  const stood = descriptions.findLast(({ entry }) => entry < seq)
  if (stood === undefined) return html`<p>No description of the system stood at this decision.</p>`
  const { name, intendedPurpose, roles, annexIII, entry } = stood
  const changes = changesAfter(seq, descriptions).map((change) => html`<p><b>The description was changed in entry ${change}, after this decision.</b></p>`)
  return html`<p>The system was then described, in entry ${entry}, as <b>${name}</b>. Role of the organisation: ${roles.join(', ')}.
Annex III: ${describeClassification(annexIII)}. Intended purpose: ${intendedPurpose}</p>
${changes}`
}

/** Positions of the entries after `seq` that describe the system otherwise than the one before them. */
export function changesAfter(seq: number, descriptions: readonly Description[]): number[] {
  const words = ({ name, intendedPurpose, roles, annexIII }: Description) => JSON.stringify([name, intendedPurpose, roles, annexIII])
  return descriptions.flatMap((each, index) => {
    const before = descriptions[index - 1]
    return each.entry > seq && before !== undefined && words(before) !== words(each) ? [each.entry] : []
  })
}

export function describeClassification(annexIII: string): string {
  if (annexIII === '') return 'not classified: nobody has stated whether it names the system'
  return annexIII === 'none' ? 'stated not to name the system: not high-risk' : `point ${annexIII}`
}
