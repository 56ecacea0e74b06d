import type { LedgerEntry } from '../contract/index.ts'
import { peopleMessages } from './people.ts'

/** What an entry is about, in a line. */
export interface EntrySubject {
  /** `Run 3, train`, `Run 3: succeeded`, `credit-risk 2 to staging`, a person with the role that they were given, a role, a key, a project; else the first file that it names. */
  readonly name: string
  /** The content that it names besides: `data/train.csv and 11 more`; empty where that says nothing further. */
  readonly content: string
}

/** Says of an entry what it is about: the same for the ledger, for the overview and on the command line. */
export function describeSubject({ about, subject }: Pick<LedgerEntry, 'about' | 'subject'>): EntrySubject {
  const [first, ...more] = subject
  const content = first === undefined ? '' : more.length === 0 ? first.name : `${first.name} and ${more.length} more`
  const name = nameOf(about)
  if (name === '') return { name: content, content: '' }
  return { name, content: first !== undefined && name.startsWith(first.name) ? '' : content }
}

function nameOf(about: LedgerEntry['about']): string {
  const { run, stage, state, model, version, to, person, role, project, name, dataset } = about
  if (model !== undefined && version !== undefined) return `${model} ${version}${to === undefined ? '' : ` to ${to}`}`
  if (run !== undefined) return `Run ${run}${stage === undefined ? '' : `, ${stage}`}${state === undefined ? '' : `: ${state}`}`
  if (role !== undefined) return person === undefined ? `Role ${role}` : `${person}: ${roleText(role, about.scope)}`
  return person ?? dataset ?? name ?? project ?? policyOf(about) ?? keyOf(about) ?? ''
}

function roleText(role: string, scope: LedgerEntry['about']['scope']): string {
  return scope === undefined ? role : `${role} for ${peopleMessages.scopeName(scope)}`
}

function policyOf({ administratorsDecide }: LedgerEntry['about']): string | undefined {
  return administratorsDecide && `Administrators ${administratorsDecide === 'yes' ? 'may decide on models' : 'decide on no model'}`
}

/** Eight digits name a key: of one that signs models the first of its hint, of another those after its owner's name (C2SP signed-note). */
function keyOf({ hint, replaces, key }: LedgerEntry['about']): string | undefined {
  if (hint !== undefined) return `Key ${hint.slice(0, 8)}${typeof replaces === 'string' ? ` for ${replaces.slice(0, 8)}` : ''}`
  const digits = key?.split('+')[1]
  return digits && `Key ${digits}`
}

/** By the kinds that a verification names. */
const DAMAGE_KINDS: Readonly<Record<string, string>> = {
  'database-corrupt': 'the database file is corrupt',
  'entry-altered': 'an entry was altered',
  'entry-missing': 'an entry is missing',
  'entry-misplaced': 'an entry stands where it does not belong',
  'signature-invalid': 'a signature does not hold',
  'unknown-key': 'a key signed that may not sign there',
  'pinned-key-differs': 'the ledger did not begin with the key that was given',
  'seen-mismatch': 'a signer saw another ledger',
  'node-mismatch': 'a stored hash is not that of its entries',
  'root-mismatch': 'the root is not that of the entries',
  'checkpoint-invalid': 'a checkpoint does not hold',
  truncated: 'entries at the end are missing',
  uncheckpointed: 'entries at the end have no checkpoint',
  'index-mismatch': 'what entries are found by differs from them',
}

/** What is wrong, of a kind of damage. */
export function describeDamage(kind: string): string {
  return DAMAGE_KINDS[kind] ?? kind
}
