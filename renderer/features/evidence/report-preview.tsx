import type { Coverage } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { Paper } from '../../design/index.ts'
import { countStatuses, STATUSES } from './matrix.ts'

/** Claims shown of each framework. */
const SHOWN = 6

/** How the report will read: the counts of each framework and its first claims, as paper. */
export function ReportPreview({ coverage, name }: { readonly coverage: Coverage; readonly name: string }) {
  return (
    <Paper label={words.preview} running={words.running} mark={words.draft}>
      <h3>{name}</h3>
      <p>{words.previewLead}</p>
      {coverage.frameworks.map(({ id, title }) => {
        const rows = coverage.rows.filter(({ framework }) => framework === id)
        const counts = countStatuses(rows)
        const told = rows.filter(({ facts, status }) => facts.length > 0 || status === 'missing').slice(0, SHOWN)
        return (
          <section key={id}>
            <h4>{title}</h4>
            <p>
              {STATUSES.filter((status) => counts[status] > 0)
                .map((status) => `${counts[status]} ${words.statusWords[status]}`)
                .join(', ')}
            </p>
            {told.map((row) => (
              <section key={row.obligation}>
                <h4>
                  {row.citation} {row.title}
                </h4>
                <p>{row.text}</p>
              </section>
            ))}
            {rows.length > told.length && <p>{words.previewMore(rows.length - told.length)}</p>}
          </section>
        )
      })}
    </Paper>
  )
}
