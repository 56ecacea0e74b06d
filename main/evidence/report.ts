import type { ClaimStatus, DetailOf } from '../../shared/contract/index.ts'
import type { Assessment } from './claims.ts'
import { personOf, type Disclosure } from './disclosures.ts'
import type { EvidenceDocument } from './documents.ts'
import { recordedText, type EvidenceFact } from './fact.ts'
import type { EvidenceKind, Framework } from './frameworks.ts'
import { html, Html } from './html.ts'
import type { Recorded } from './recorded.ts'
import { changesAfter, describeClassification, writeDecisions } from './report-decisions.ts'
import { writePermissions } from './report-permissions.ts'
import { REPORT_STYLE } from './report-style.ts'
import { STATUSES, writeClaims, writeReference, writeState } from './report-claims.ts'
import { writeTable, type Column } from './report-table.ts'
import { lastDecision, type Omission, type OmissionReason, type Scope } from './scope.ts'
import { nameKind } from './sentences.ts'

export interface ReportContent {
  readonly id: string
  readonly created: string
  readonly organisation: string
  readonly software: string
  readonly recorded: Recorded
  readonly scope: Scope
  readonly frameworks: readonly Framework[]
  readonly facts: readonly EvidenceFact[]
  readonly assessed: readonly Assessment[]
  readonly documents: readonly EvidenceDocument[]
  readonly omitted: readonly Omission[]
  readonly disclosures: readonly Disclosure[]
  /** Name of the exporter's key. */
  readonly exporter: string
  readonly statement: string
}

const REASONS: Readonly<Record<OmissionReason, string>> = {
  'other-project': 'about another project',
  session: 'somebody signed in or out',
  'after-the-decision': 'about this project, but recorded after the last decision on this version',
  'not-in-scope': 'not about this version',
}

/**
 * The pack's report as one HTML file: no script, nothing loaded from elsewhere, every recorded text escaped. The same content gives the
 * same bytes.
 */
export function writeReport(content: ReportContent): string {
  const names = readNames(content)
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${content.recorded.system.name}, ${content.recorded.version.model} ${content.recorded.version.version}: evidence</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${writeCover(content, names)}
<h2 id="version">The version</h2>
${writeVersion(content, names)}
<h2 id="decisions">Decisions</h2>
${writeDecisions(content.scope, content.recorded, names)}
<h2 id="permissions">Who could decide</h2>
${writePermissions(content.scope, names)}
<h2 id="gaps">What is missing</h2>
${writeGapList(content)}
${content.frameworks.map(({ id, title }) => writeClaims(id, title, content.assessed, content.facts))}
<h2 id="facts" class="page">Facts</h2>
<p>Each fact stands in the ledger entry that it names, or in a document whose SHA-256 that entry holds. <code>data/facts.json</code> gives
the exact place.</p>
${writeFacts(content.facts)}
<h2 id="documents">Documents</h2>
${writeDocuments(content.documents)}
<h2 id="omissions">What is not in this pack</h2>
${writeOmissions(content)}
<h2 id="verify">How to check this pack</h2>
${writeInstructions(content)}
<h2 id="limits">What this pack does not prove</h2>
${LIMITS}
</main>
</body>
</html>
`
  return text
}

const STYLE = new Html(REPORT_STYLE)

const LIMITS = html`<ul>
<li>That what was recorded is true: a person or a program may record what is wrong.</li>
<li>That nothing went unrecorded: what was done outside the ledger leaves no trace in it.</li>
<li>That no entry was left out which ends a key, takes a role away, makes somebody an administrator or keeps administrators from deciding: every pack must hold them all, but what an entry left out said cannot
be seen.</li>
<li>That two accounts are two people: whoever enrols them could give both to one.</li>
<li>That a model which was imported is what its importer says of it: where it comes from and under which licence are their words.</li>
<li>What came before the run of this version, or its import: runs, gates and refusals of other versions of the model are not in the pack, nor is what brought the same file in as another version, and who did. The version above
says how many there were.</li>
<li>What the exporter worded and chose: this report, the sentences, and which facts a row rests on. The programs check values, tables, and that
every row has its claim.</li>
<li>That nobody was shown another history: compare the checkpoint with a witness or with another copy of it.</li>
<li>When something happened: times are asserted by who signed; only their order is proved.</li>
<li>That the law is met: that is a judgement of people. A row that is supported has facts; whether they suffice is for its reader to
say.</li>
</ul>`

/** Names that the pack discloses, by person; everybody else keeps their id. */
function readNames({ scope, disclosures }: ReportContent): (actor: string) => string {
  const enrolled = scope.entries.filter(({ entry }) => entry.action === 'person.enrolled')
  const personAt = new Map(enrolled.map(({ seq, entry }) => [seq, entry.detail.person]))
  const names = new Map(disclosures.filter(({ field }) => field === 'name').map(({ entry, value }) => [personAt.get(entry), value]))
  return (actor) => {
    const person = personOf(actor)
    const name = names.get(person)
    return name === undefined ? person : `${name} (${person})`
  }
}

function writeCover(content: ReportContent, names: (actor: string) => string): Html {
  const { recorded, scope, frameworks, assessed } = content
  const count = (framework: string, status: ClaimStatus) =>
    assessed.filter(({ claim }) => claim.framework === framework && claim.status === status).length
  const columns: Column[] = [
    { heading: 'Rows', width: '28mm' },
    // The longest name must not run over the edge of the paper.
    ...STATUSES.map((status): Column => ({ heading: writeState(status), kind: 'number', ...(status === 'not-applicable' ? { width: '36mm' } : {}) })),
  ]
  const rows = frameworks.map(({ id, title }) => {
    return { cells: [html`<a href="#${id}">${title}</a>`, ...STATUSES.map((status) => count(id, status))] }
  })
  const contents = [...SECTIONS, ...frameworks.map(({ id, title }) => [id, `${title}: row by row`] as const)]
  return html`<section class="cover">
<p class="eyebrow">Evidence pack</p>
<h1>${recorded.system.name}</h1>
<p class="lead">${recorded.version.model}, version ${recorded.version.version}</p>
${writeTable(columns, rows)}
<p class="note">A row is <b>supported</b> when a fact of each kind of evidence that it calls for is recorded. That is not compliance:
whether the facts suffice, and whether the law is met, is a judgement of people. Rows are listed as they stood on ${content.created.slice(0, 10)}; many
apply later, as each says.</p>
<dl>
<dt>Organisation</dt><dd>${content.organisation}</dd>
<dt>Pack</dt><dd>${content.id}</dd>
<dt>Ledger</dt><dd>${scope.entries[0]?.entry.origin ?? ''}</dd>${writeLosses(scope, names)}
<dt>Tree</dt><dd>${scope.tree.size} entries, root <code>${scope.tree.root}</code></dd>
<dt>Exported by</dt><dd>${names(content.exporter)}${personOf(content.exporter) === recorded.version.author ? ', who is the author of this version' : ''}, ${content.created}</dd>
<dt>Statement signed</dt><dd>${content.statement}</dd>
<dt>Written by</dt><dd>${content.software}</dd>
</dl>
<ul class="toc">${contents.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul>
</section>`
}

/** Where the ledger says itself that entries were lost. */
function writeLosses({ entries }: Scope, names: (actor: string) => string): Html[] {
  const continued = entries.filter(({ entry }) => entry.action === 'ledger.continued')
  return continued.map(({ seq, entry }) => {
    const { predecessor, reason, orchestratorKey } = entry.detail as DetailOf<'ledger.continued'>
    const orchestrator = orchestratorKey === undefined ? '' : ' The key with which the orchestrator signs since rests on it as well: the one of before was lost too.'
    return html`
<dt>Lost</dt><dd>What stood from entry ${seq} on as ${predecessor}. So says ${names(entry.actor)}, an administrator, in entry ${seq}, with the checkpoint by which it is known (“${reason}”). The ledger goes on as ${entry.origin}, with a log key that rests on this entry; the verifiers say whether a known key signed the checkpoint.${orchestrator}</dd>`
  })
}

const SECTIONS = [
  ['version', 'The version'],
  ['decisions', 'Decisions'],
  ['gaps', 'What is missing'],
  ['facts', 'Facts'],
  ['documents', 'Documents'],
  ['omissions', 'What is not in this pack'],
  ['verify', 'How to check this pack'],
  ['limits', 'What this pack does not prove'],
] as const

function writeVersion({ recorded: { system, version, descriptions }, scope, facts }: ReportContent, names: (actor: string) => string): Html {
  const early = facts.filter(({ about }) => about.topic === 'threshold' && !about.isLate)
  const late = facts.filter(({ about }) => about.topic === 'threshold' && about.isLate)
  const impacts = facts.filter(({ about }) => about.topic === 'disparate-impact')
  const metrics = facts.filter(({ about }) => about.topic === 'metric')
  const lines = (chosen: readonly EvidenceFact[]) =>
    chosen.map((fact) => html`<div>${fact.text} <span class="refs">${writeReference(fact)}</span></div>`)
  const changed = changesAfter(lastDecision(scope), descriptions).map((entry) => html` <b>Changed in entry ${entry}, after the last decision.</b>`)
  return html`<dl>
<dt>System</dt><dd>${system.name}, as described in entry ${system.entry}.${changed}</dd>
<dt>Intended purpose</dt><dd>${system.intendedPurpose}</dd>
<dt>Role of the organisation</dt><dd>${system.roles.join(', ')}</dd>
<dt>Annex III of the AI Act</dt><dd>${describeClassification(system.annexIII)}</dd>
<dt>${version.imported?.kind === 'folder' ? 'Model folder' : 'Model file'}</dt><dd>${version.format}, ${version.imported?.kind === 'folder' ? `${version.imported.files} files, ` : ''}${version.bytes} bytes, ${version.imported?.kind === 'folder' ? 'manifest with the ' : ''}SHA-256 <code>${version.artifact}</code></dd>
<dt>Stage</dt><dd>${version.stage}, by entry ${version.stageEntry}</dd>
${writeOrigin(version, names)}
<dt>Before it</dt><dd>${describeEarlier(scope)}</dd>
<dt>Thresholds set beforehand</dt><dd>${early.length === 0 ? 'none recorded' : lines(early)}</dd>${late.length === 0 ? '' : html`
<dt>Thresholds set after it had been measured</dt><dd>${lines(late)}</dd>`}
<dt>Measured</dt><dd>${metrics.length === 0 ? 'nothing recorded' : writeMetrics(metrics)}</dd>
<dt>Disparate impact</dt><dd>${impacts.length === 0 ? 'no report recorded' : lines(impacts)}</dd>
</dl>`
}

function writeOrigin({ run, imported, author, entry }: Recorded['version'], names: (actor: string) => string): Html {
  if (!imported) return html`<dt>Made by</dt><dd>run ${String(run)}, started by ${names(author)}; registered in entry ${entry}</dd>`
  const { source, licence, statement, gatesFrom, known } = imported
  return html`<dt>From outside</dt><dd>${known ? `Its content is that of ${known.model} ${known.version} of ${known.project}, ${known.run === 'none' ? 'imported' : `which run ${known.run} of this workplace made, registered`} in entry ${known.entry}.` : 'No run of this workplace is known to have made it.'} ${names(author)} imported it in entry ${entry} and signed: <q>${statement}</q></dd>
<dt>Comes from</dt><dd>${source}, as its importer states</dd>
<dt>Licence</dt><dd>${licence}, as its importer states</dd>
<dt>Its gates</dt><dd>${gatesFrom === 'none' ? 'no run before it had said any: one approval for each stage' : `those that entry ${gatesFrom} had fixed, taken over by its import`}</dd>`
}

/** The entries themselves are not in the pack: a reader should know that there are some. */
function describeEarlier({ earlier: { registrations, refusals } }: Scope): string {
  if (registrations === 0) return 'no version of this model was registered before'
  const versions = registrations === 1 ? '1 version of this model was registered' : `${registrations} versions of this model were registered`
  const requests = refusals === 1 ? '1 request to promote one was' : `${refusals} requests to promote one were`
  return `${versions} and ${requests} refused by its gate; those entries are not in this pack`
}

function writeMetrics(metrics: readonly EvidenceFact[]): Html {
  return html`<table class="figures"><tbody>
${metrics.map((fact) => {
  const name = fact.about.topic === 'metric' ? fact.about.metric : fact.text
  return html`<tr><td>${name}</td><td class="mono">${fact.value}</td><td class="refs">${writeReference(fact)}</td></tr>\n`
})}</tbody></table>`
}

/** Gaps by what would close them: one record often answers many rows. */
function writeGapList({ assessed }: ReportContent): Html {
  const byKind = new Map<EvidenceKind, string[]>()
  for (const { row, claim } of assessed) {
    if (claim.status === 'not-applicable') continue
    for (const kind of claim.missing) byKind.set(kind, [...(byKind.get(kind) ?? []), row.citation])
  }
  const gaps = [...byKind].sort(([one, rows], [other, others]) => others.length - rows.length || (one < other ? -1 : 1))
  if (gaps.length === 0) return html`<p>Every row that applies has a fact of each kind of evidence that it calls for.</p>`
  return html`<p>What is not recorded, and the rows that call for it. <code>data/gaps.csv</code> has one line a row.</p>
${writeTable(
    [{ heading: 'Not recorded', width: '44mm' }, { heading: 'Rows', width: '16mm', kind: 'number' }, { heading: 'Which' }],
    gaps.map(([kind, rows]) => ({ cells: [nameKind(kind), rows.length, rows.join(', ')] })),
  )}`
}

function writeFacts(facts: readonly EvidenceFact[]): Html {
  return writeTable(
    [
      { heading: 'Fact', width: '15mm', kind: 'code' },
      { heading: 'Entry', width: '16mm', kind: 'number' },
      { heading: 'What was recorded' },
      { heading: 'Value', width: '52mm', kind: 'code' },
    ],
    facts.map(({ id, entry, text, value }) => ({ id, cells: [id, entry, text, value] })),
  )
}

function writeDocuments(documents: readonly EvidenceDocument[]): Html {
  if (documents.length === 0) return html`<p>No document is kept with this version.</p>`
  return writeTable(
    [
      { heading: 'Name', width: '48mm' },
      { heading: 'Bytes', width: '22mm', kind: 'number' },
      { heading: 'SHA-256, and folder below data/documents', kind: 'code' },
    ],
    documents.map(({ name, bytes, sha256 }) => ({ cells: [name, bytes, sha256] })),
  )
}

function writeOmissions({ scope, omitted }: ReportContent): Html {
  const count = (ranges: readonly Omission[]) => ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
  const reasons = Object.entries(REASONS) as [OmissionReason, string][]
  return html`<p>The ledger had ${scope.tree.size} entries: ${scope.entries.length} are in the pack, ${count(omitted)} are not. Each of
them is counted, with the reason why it was left out; <code>data/omissions.json</code> has the ranges, and the verifiers check that they add up.</p>
${writeTable(
    [{ heading: 'Left out because it is' }, { heading: 'Entries', width: '24mm', kind: 'number' }],
    reasons.map(([reason, words]) => ({ cells: [words, count(omitted.filter((range) => range.reason === reason))] })),
  )}`
}

function writeInstructions({ scope }: ReportContent): Html {
  const [created] = scope.entries
  return html`<p>Two programs in this pack check it without Strongroom and without a connection. They share no code, and must say
the same:</p>
<p><code>node verify.mjs --key KEY</code><br><code>python3 verify.py --key KEY</code></p>
<p>KEY is the ledger's verifier key. Ask the organisation for it by another way than this pack. The pack says that it is
<code>${recordedText(created?.entry.detail.logKey)}</code>. This report is one of the files that the exporter signed: what it says can be
traced, fact by fact, to entries that the programs check.</p>`
}
