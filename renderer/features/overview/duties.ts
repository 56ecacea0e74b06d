import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { formatDay } from '../../state/index.ts'

/** When Chapter III, Sections 1 to 3 of the AI Act begin to apply to the systems of Annex III: Art. 113, as amended in 2026. */
const ANNEX_III_FROM = '2027-12-02T00:00:00.000Z'

/** From when the duties of a high-risk system hold, for a classification. */
export function describeDuties(annexIII: string, now: Date): string {
  if (annexIII === '') return words.openDuties
  if (annexIII === 'none') return words.noDuties
  const day = formatDay(ANNEX_III_FROM)
  return now.toISOString() < ANNEX_III_FROM ? words.appliesFrom(day) : words.applySince(day)
}
