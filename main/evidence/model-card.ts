import { isCode } from '../../shared/graph/code-files.ts'
import { recordedText, type EvidenceFact, type FactSubject } from './fact.ts'
import type { Recorded } from './recorded.ts'
import type { Scope } from './scope.ts'
import { html, Html } from './html.ts'
import { REPORT_STYLE } from './report-style.ts'

/** A sentence of a card, and the entry that it rests on; `document`: the file which that entry names by this digest, and which says it. */
interface CardLine {
  readonly text: string
  readonly entry: number
  readonly document?: string | undefined
}

interface CardSection {
  readonly title: string
  readonly lines: readonly CardLine[]
}

/** A model card (Mitchell et al. 2019, in the sections of Hugging Face) that says what was recorded and nothing else: every sentence is of an entry. */
export interface ModelCard {
  readonly title: string
  readonly preamble: string
  readonly sections: readonly CardSection[]
}

const PREAMBLE =
  'Written from signed ledger entries. Each sentence names the entry that it rests on; what no entry says is not here. People stand here by their ids, as in the entries: a card leaves the workplace, and a name that is erased there could not be taken back; strongroom people list says there who they are. It does not say that the model is fit for a use, or that the law is met.'

/** Same entries and documents, same card. */
export function writeModelCard({ scope, recorded, facts, software }: { readonly scope: Scope; readonly recorded: Recorded; readonly facts: readonly EvidenceFact[]; readonly software: string }): ModelCard {
  const { version } = recorded
  const origin = scope.entries[0]?.entry.origin ?? ''
  const ofTopic = (...topics: readonly FactSubject['topic'][]) => facts.filter(({ about }) => topics.includes(about.topic)).map(lineOf)
  const thresholds = (late: boolean) => facts.filter(({ about }) => about.topic === 'threshold' && about.isLate === late).map(lineOf)
  const ofPlace = (action: string, ...pointers: readonly RegExp[]) => {
    const entries = new Set(scope.entries.filter(({ entry }) => entry.action === action).map(({ seq }) => seq))
    return facts.filter((fact) => fact.document === undefined && entries.has(fact.entry) && pointers.some((pointer) => pointer.test(fact.pointer))).map(lineOf)
  }
  const code = new Set(scope.entries.filter(({ entry }) => entry.action === 'dataset.snapshot' && isCode(recordedText(entry.detail.path))).map(({ seq }) => seq))
  const snapshots = ofPlace('dataset.snapshot', /./)
  const described = facts.filter(({ entry }) => entry === recorded.system.entry).map(lineOf)
  const sections: CardSection[] = [
    { title: 'Model', lines: [...ofPlace('model.version.registered', /./), ...ofPlace('model.version.imported', /^\/detail\/(?!gates)/), ...ofPlace('model.version.signed', /./)] },
    { title: 'Intended use', lines: described },
    { title: 'Training data', lines: [...snapshots.filter(({ entry }) => !code.has(entry)), ...ofTopic('expectations')] },
    { title: 'Training', lines: [...ofPlace('run.started', /\/(pipeline|parameters|code)/), ...snapshots.filter(({ entry }) => code.has(entry))] },
    { title: 'What it was to reach, set beforehand', lines: thresholds(false) },
    { title: 'What it was to reach, set after it had been measured', lines: thresholds(true) },
    { title: 'Evaluation', lines: ofTopic('metric') },
    { title: 'Fairness', lines: ofTopic('disparate-impact', 'four-fifths') },
    { title: 'Decisions', lines: [...ofTopic('judged', 'approval', 'rejection', 'moved'), ...ofPlace('model.hold.placed', /./), ...ofPlace('model.hold.released', /./)].sort((a, b) => a.entry - b.entry) },
    { title: 'Evidence left by its stages', lines: ofTopic('evidence') },
    { title: 'Environment', lines: facts.filter(({ kind, document }) => kind === 'environment' && document !== undefined).map(lineOf) },
  ]
  return {
    title: `${version.model} ${version.version}`,
    preamble: `${PREAMBLE} Ledger ${origin}, ${scope.tree.size} entries, root ${scope.tree.root}. ${software}.`,
    sections: sections.filter(({ lines }) => lines.length > 0),
  }
}

/** The value too, where the sentence only points to it: `of this digest`. */
function lineOf({ text, entry, document, value }: EvidenceFact): CardLine {
  return { text: text.includes(String(value)) ? text : `${text.replace(/\.$/, '')}: ${value}.`, entry, document }
}

export function cardAsMarkdown({ title, preamble, sections }: ModelCard): string {
  const line = ({ text, entry, document }: CardLine) => `- ${markdown(text)} (entry ${entry}${document === undefined ? '' : `, document ${document.slice(0, 8)}`})`
  return [`# ${markdown(title)}`, '', markdown(preamble), ...sections.flatMap((section) => ['', `## ${section.title}`, '', ...section.lines.map(line)]), ''].join('\n')
}

export function cardAsHtml({ title, preamble, sections }: ModelCard): string {
  const line = ({ text, entry, document }: CardLine): Html => html`<li>${text} <span class="refs">entry ${entry}${document === undefined ? '' : `, document ${document.slice(0, 8)}`}</span></li>`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${title}: model card</title>
<style>${new Html(REPORT_STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="note">${preamble}</p>
${sections.map((section) => html`<h2>${section.title}</h2>
<ul>${section.lines.map(line)}</ul>
`)}</main>
</body>
</html>
`.text
}

/** Recorded text as Markdown that shows it and nothing else: one line, no markup, no HTML, what reverses or hides text by its number. */
function markdown(text: string): string {
  return text
    .toWellFormed()
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, (odd) => `[U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/[\\`*_{}[\]<>#|~&!]/g, '\\$&')
}
