import type { Project } from '../../shared/contract/index.ts'
import type { FrameworkRow } from './frameworks.ts'

/** Whether a row concerns the system as its project describes it; `open` where the description cannot tell. */
export type Applicability =
  | { readonly verdict: 'applies' }
  | { readonly verdict: 'not-applicable' | 'open'; readonly reason: string }

/** What of a project decides which rows concern it. */
export type System = Pick<Project, 'roles' | 'annexIII'>

/** What a condition of the data demands of the system, or why it cannot hold; undefined where the project's description does not say. */
type Test = (system: System) => boolean | undefined

/** Whether the system is one of the points of Annex III that `holds` for; undefined until somebody has classified it. */
const ofPoint =
  (holds: (point: string, subpoint: string) => boolean | undefined): Test =>
  ({ annexIII }) => {
    if (annexIII === '') return undefined
    return annexIII !== 'none' && holds(annexIII.replace(/\(.*/, ''), annexIII)
  }

/** Left to the evidence: 'where applicable' and the like narrow nothing that could be tested. */
const always: Test = () => true
/** What a project that is described by role and point of Annex III is not. */
const never: Test = () => false

/** Every condition of the frameworks' data that the description decides. Any other is `open`. */
const TESTS: Readonly<Record<string, Test>> = {
  'where applicable': always,
  'where relevant': always,
  'when appropriate': always,
  'if any': always,
  'systemic risk': never,
  'not a free and open-source model without systemic risk': never,
  'Annex I Section A product': never,
  'Art. 6(3) derogation relied on': never,
  'public authority deployer': never,
  'public authority deployer, Annex III except point 2': never,
  'system does not use model training': never,
  'post-remote biometric identification for law enforcement': never,
  'emotion recognition or biometric categorisation': ofPoint((point) => (point === '1' ? undefined : false)),
  'Annex III point 1(a)': ofPoint((_, subpoint) => subpoint === '1(a)' || (subpoint === '1' ? undefined : false)),
  'Annex III point 1': ofPoint((point) => point === '1'),
  'Annex III points 2-8': ofPoint((point) => point !== '1'),
  'Annex III point 2': ofPoint((point) => point === '2'),
  'Annex III except point 2': ofPoint((point) => point !== '2'),
  'Annex III system except point 2': ofPoint((point) => point !== '2'),
  'Annex III points 1, 6, 7 in those fields': ofPoint((point) => (['1', '6', '7'].includes(point) ? undefined : false)),
  'Annex III system deciding on natural persons': ofPoint(() => undefined),
  'body governed by public law, private entity providing public services, or deployer of Annex III 5(b)/5(c); not Annex III point 2': ofPoint(
    (point, subpoint) => point !== '2' && (['5(b)', '5(c)'].includes(subpoint) || undefined),
  ),
}

/** Rows whose reach stands in their place in the law, not in a condition of their own: Annex VIII follows the case of Art. 49 it serves. */
const BY_CITATION: readonly { readonly prefix: string; readonly condition: string }[] = [
  { prefix: 'Annex VIII Section B', condition: 'Art. 6(3) derogation relied on' },
  { prefix: 'Annex VIII Section C', condition: 'public authority deployer' },
]

/** Decides from role, point of Annex III and the row's condition. Never drops a row: what does not apply says why. */
export function decideApplicability(row: FrameworkRow, system: System): Applicability {
  if (row.appliesTo.includes('generative-ai')) {
    return { verdict: 'not-applicable', reason: 'It concerns generative AI, and the project does not describe a generative system.' }
  }
  const concerned = row.appliesTo.includes('ai-actor:organization') || system.roles.some((role) => row.appliesTo.includes(role))
  if (!concerned) {
    const reason = `It is addressed to a ${listed(row.appliesTo)}; for this system the organisation is the ${listed(system.roles)}.`
    return { verdict: 'not-applicable', reason }
  }
  if (row.highRiskOnly && system.annexIII === 'none') {
    return { verdict: 'not-applicable', reason: 'It concerns high-risk systems, and the project states that no point of Annex III names this one.' }
  }
  const condition = row.condition ?? BY_CITATION.find(({ prefix }) => row.citation.startsWith(prefix))?.condition
  const holds = condition === undefined || TESTS[condition]?.(system)
  if (holds === false) return { verdict: 'not-applicable', reason: `It applies only in this case: ${condition}. ${whyNot(condition, system)}` }
  if (row.highRiskOnly && system.annexIII === '') {
    return { verdict: 'open', reason: 'It concerns high-risk systems, and nobody has classified this one yet.' }
  }
  if (holds === undefined) return { verdict: 'open', reason: `It applies only in this case: ${condition}. The project does not record whether that is so.` }
  return { verdict: 'applies' }
}

function whyNot(condition: string, { annexIII }: System): string {
  if (condition === 'system does not use model training') return 'The version is a trained model.'
  if (!condition.includes('Annex III')) return 'Nothing in the description of the project says so.'
  return annexIII === 'none' ? 'The project states that no point of Annex III names this system.' : `The project names point ${annexIII} of Annex III.`
}

const ACTORS: Readonly<Record<string, string>> = {
  'gpai-provider': 'provider of a general-purpose AI model',
  'gpai-systemic-provider': 'provider of a general-purpose AI model with systemic risk',
  'product-manufacturer': 'product manufacturer',
}

function listed(actors: readonly string[]): string {
  return actors.map((actor) => ACTORS[actor] ?? actor).join(' or ')
}
