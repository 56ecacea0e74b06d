import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'

const names: Readonly<Record<string, string>> = words.kinds
const provides: Readonly<Record<string, string>> = words.provides

/** A kind of evidence in words; one that a newer orchestrator knows stands as it is written. */
export const nameKind = (kind: string) => names[kind] ?? kind
/** What provides it, or the empty text. */
export const explainKind = (kind: string) => provides[kind] ?? ''
/** What a code of a verifier says; one that a newer verifier knows stands as it is written. */
export const nameOutcome = (code: string) => words.outcomes[code] ?? code
/** `Art. 9  Risk management`: what a chapter is about, or the empty text. */
export const nameChapter = (chapter: string) => words.chapters[chapter] ?? ''
