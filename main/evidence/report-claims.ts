import type { ClaimStatus } from '../../shared/contract/index.ts'
import type { Assessment } from './claims.ts'
import type { EvidenceFact } from './fact.ts'
import { html, type Html } from './html.ts'

const STATUS_WORDS: Readonly<Record<ClaimStatus, string>> = {
  supported: 'Supported',
  partial: 'Partial',
  missing: 'Missing',
  'not-yet': 'Not yet',
  'not-applicable': 'Not applicable',
}

/** In the order in which they are listed. */
export const STATUSES = Object.keys(STATUS_WORDS) as ClaimStatus[]

/** References shown beside a claim; the rest stand in traceability.csv. */
const MOST_REFERENCES = 10

/** One framework, chapter by chapter, every assessable row. */
export function writeClaims(id: string, title: string, assessed: readonly Assessment[], facts: readonly EvidenceFact[]): Html {
  const own = assessed.filter(({ claim }) => claim.framework === id)
  const chapters = [...new Set(own.map(({ row }) => row.chapter))]
  const byId = new Map(facts.map((fact) => [fact.id, fact]))
  return html`<h2 id="${id}" class="page">${title}: row by row</h2>
${chapters.map((chapter) => html`<h3>${chapter}</h3>
${own.filter(({ row }) => row.chapter === chapter).map((assessment) => writeClaim(assessment, byId))}`)}`
}

function writeClaim({ row, claim }: Assessment, facts: ReadonlyMap<string, EvidenceFact>): Html {
  const cited = claim.facts.flatMap((id) => facts.get(id) ?? [])
  const quiet = claim.status === 'not-applicable' ? ' quiet' : ''
  return html`<article class="claim${quiet}"><div class="where">${row.citation}</div><div><div class="title">${row.title}</div>
${claim.status === 'not-applicable' ? html`` : html`<p class="asks">${row.requirement}</p>`}
<p>${claim.text}</p>
${writeReferences(cited)}</div><div>${writeState(claim.status)}</div></article>
`
}

function writeReferences(cited: readonly EvidenceFact[]): Html {
  if (cited.length === 0) return html``
  const rest = cited.length - MOST_REFERENCES
  const more = rest > 0 ? html`<span>and ${rest} more in data/traceability.csv</span>` : html``
  return html`<p class="refs">${cited.slice(0, MOST_REFERENCES).map(writeReference)}${more}</p>`
}

/** A fact beside what rests on it, so that a reader can go from a sentence to its proof. */
export function writeReference({ id, entry }: EvidenceFact): Html {
  return html`<span><a href="#${id}">${id}</a> entry ${entry}</span> `
}

/** A status as its shape and its word. */
export function writeState(status: ClaimStatus): Html {
  return html`<span class="state ${status}">${STATUS_WORDS[status]}</span>`
}
