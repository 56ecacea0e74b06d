import { createHash } from 'node:crypto'
import { GateRules, isLedgerKind, stagePrefix, stagesNamed, type Gate, type PipelineProblem } from '../../shared/graph/pipeline.ts'
import { placeOf, plainValue } from './located.ts'
import type { PlacedStage } from './placed-stage.ts'
import { ProblemList } from './problem-list.ts'
import { keyPlace, reportIssues } from './stage-meta.ts'
import { didYouMean } from './suggestion.ts'
import { readValueFile } from './value-file.ts'
import type { Located } from './yaml-source.ts'

/** What a gate may name. */
interface Known {
  readonly stages: readonly string[]
  /** Those that the workplace has; null where none is known. */
  readonly roles: readonly string[] | null
}

/** A gate as a file of its own says it, with its digest, or what is wrong with it. */
type GateReading =
  | { readonly ok: true; readonly gate: Gate }
  | { readonly ok: false; readonly problems: readonly PipelineProblem[] }

/** Reads a file that says one gate (YAML or JSON, under the limits of `YAML_LIMITS`) of a stage. Never throws for what the file holds. */
async function readGateFile(projectDir: string, path: string, known: Known, stage: PlacedStage): Promise<GateReading> {
  const read = await readValueFile(projectDir, path, 'a gate')
  if (!read.ok) return read
  const problems = new ProblemList(path)
  const { root, bytes } = read.value
  const parsed = GateRules.safeParse(plainValue(root))
  const checked = parsed.success ? checkRules(parsed.data, root, '', known, problems, stage) : null
  if (!parsed.success) reportIssues(parsed.error.issues, root, '', problems, stage.name)
  if (!checked || !problems.empty) return { ok: false, problems: problems.sorted() }
  return { ok: true, gate: { ...checked, policy: { path, sha256: createHash('sha256').update(bytes).digest('hex') } } }
}

/** Checks the gates of all stages and reads those that files say: the stages with all their gates, and what is wrong in those files. */
export async function readGates(projectDir: string, placed: readonly PlacedStage[], roles: readonly string[] | null, problems: ProblemList): Promise<{ stages: PlacedStage[]; inFiles: PipelineProblem[] }> {
  const known = { stages: placed.map(({ name }) => name), roles }
  const inFiles: PipelineProblem[] = []
  const stages: PlacedStage[] = []
  for (const stage of placed) {
    const here = problems.within(stage.file)
    const gates = { ...stage.meta.gates }
    for (const gate of stage.gates) {
      if ('rules' in gate) {
        const rules = stage.meta.gates?.[gate.to]
        if (rules) gates[gate.to] = { ...rules, ...checkRules(rules, gate.rules, `meta.strongroom.gates.${gate.to}`, known, here, stage) }
        continue
      }
      const { path, at } = gate.file
      const read = await readGateFile(projectDir, path, known, stage)
      if (read.ok) gates[gate.to] = read.gate
      else if (read.problems.some(({ code }) => code === 'file-missing')) here.add('file-missing', at, `The gate to ${gate.to} is to be read from '${path}', which is not there; create it or write the gate here.`, stage.name)
      else inFiles.push(...read.problems)
    }
    const staging = stage.gates.find(({ to }) => to === 'staging')
    if (staging && gates.staging?.rollback) {
      here.add('invalid-meta', 'rules' in staging ? keyPlace(staging.rules, [], 'rollback') : staging.file.at, 'The gate to staging says who approves a rollback, and nothing is rolled back to staging; say it in the gate to production.', stage.name)
    }
    stages.push(stage.gates.length === 0 ? stage : { ...stage, meta: { ...stage.meta, gates } })
  }
  return { stages, inFiles }
}

/** As many as a gate can name. */
const MOST_TESTS = 100

/**
 * What the schema cannot say: that roles, stages and kinds exist, and that a file can be evidence of that kind. Returns the rules with tests as the stages that
 * they mean, each by its whole name.
 */
function checkRules(rules: GateRules, at: Located, within: string, { stages, roles }: Known, problems: ProblemList, { name: stage, file }: PlacedStage): GateRules {
  const named = (key: string) => (within === '' ? key : `${within}.${key}`)
  const asked = [{ path: ['roles'], counts: rules.roles }, { path: ['rollback', 'roles'], counts: rules.rollback?.roles }]
  for (const { path, counts = {} } of asked) {
    for (const role of Object.keys(counts)) {
      if (roles === null || roles.includes(role)) continue
      problems.add('invalid-meta', keyPlace(at, path, role), `${named(path.join('.'))}: '${role}' is no role${didYouMean(role, roles) || `; use one of ${roles.join(', ')}.`}`, stage)
    }
  }
  rules.evidence?.forEach((kind, index) => {
    if (!isLedgerKind(kind)) return
    problems.add('invalid-meta', placeOf(at, ['evidence', index]), `${named('evidence')}: '${kind}' is recorded by the ledger itself for every run; remove it.`, stage)
  })
  if (!rules.tests) return rules
  const tests = rules.tests.flatMap((test, index) => {
    const own = stagesNamed(`${stagePrefix(file)}${test}`, stages)
    const meant = own.length > 0 ? own : stagesNamed(test, stages)
    if (meant.length === 0) problems.add('invalid-meta', placeOf(at, ['tests', index]), `${named('tests')}: '${test}' is no stage of this pipeline${didYouMean(test, stages) || `; its stages are ${listed(stages)}.`}`, stage)
    return meant
  })
  const each = [...new Set(tests)]
  if (each.length > MOST_TESTS) problems.add('invalid-meta', placeOf(at, ['tests']), `${named('tests')} means ${each.length} stages, and a gate can ask for ${MOST_TESTS}; name one that depends on them all.`, stage)
  return { ...rules, tests: each }
}

function listed(stages: readonly string[]): string {
  return stages.length > 20 ? `${stages.slice(0, 20).join(', ')} and ${stages.length - 20} more` : stages.join(', ')
}
