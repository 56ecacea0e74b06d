import type { Decision, Gate, ModelStage, Promotion, VersionDetail, VersionSummary } from '../../../shared/contract/index.ts'

const LINE: readonly ModelStage[] = ['experiment', 'staging', 'production', 'archived']
const NEXT: Readonly<Record<ModelStage, 'staging' | 'production' | null>> = {
  experiment: 'staging',
  staging: 'production',
  production: null,
  archived: null,
}

/** The stage that a version can be promoted to, or null at the end of the line. */
export function nextStage(stage: ModelStage): 'staging' | 'production' | null {
  return NEXT[stage]
}

/** What the way of a version shows of one stage. `time` is when it was reached or asked for. */
export interface StageStep {
  readonly stage: ModelStage
  readonly state: 'done' | 'now' | 'asked' | 'ahead' | 'skipped'
  readonly time: string | null
  readonly by: string | null
  readonly signatures: number
  readonly needed: number
}

type Walked = Pick<VersionDetail, 'stage' | 'registeredAt' | 'author' | 'openPromotion' | 'promotions'>

/** The way of a version through the stages, from what is recorded of it. A version can be archived from any stage. */
export function stageSteps(version: Walked): StageStep[] {
  const reached = LINE.indexOf(version.stage)
  return LINE.map((stage, index) => {
    const passed = version.promotions.find((promotion) => promotion.to === stage && promotion.state === 'approved')
    const approvals = passed ? approvalsOf(passed) : []
    const last = approvals[approvals.length - 1]
    const step = { stage, signatures: approvals.length, needed: passed?.approvalsNeeded ?? 0 }
    const open = version.openPromotion
    if (open?.to === stage) {
      return {
        stage,
        state: 'asked',
        time: open.requestedAt,
        by: open.requestedBy,
        signatures: approvalsOf(open).length,
        needed: open.approvalsNeeded,
      }
    }
    const origin =
      stage === 'experiment' ? { time: version.registeredAt, by: version.author } : { time: last?.at ?? null, by: last?.by ?? null }
    if (index === reached) return { ...step, ...origin, state: 'now' }
    if (index > reached) return { ...step, time: null, by: null, state: 'ahead' }
    return { ...step, ...origin, state: origin.time === null ? 'skipped' : 'done' }
  })
}

/** Whether a version was in production, is not any more, and nobody has asked for anything: then it may go back there, unless `noReturn` says why not. */
export function mayAskForReturn({ stage, promotions, openPromotion }: Pick<VersionDetail, 'stage' | 'promotions' | 'openPromotion'>): boolean {
  return stage !== 'production' && openPromotion === null && promotions.some(({ to, state }) => to === 'production' && state === 'approved')
}

export function approvalsOf(promotion: Pick<Promotion, 'decisions'>): Decision[] {
  return promotion.decisions.filter(({ decision }) => decision === 'approved')
}

/** The gate to show: the one asked for, else the next one, else the last one passed. */
export function gateInView({ gates, openPromotion, stage }: Pick<VersionDetail, 'gates' | 'openPromotion' | 'stage'>): Gate | null {
  const to = openPromotion?.to ?? nextStage(stage) ?? (stage === 'production' ? 'production' : null)
  return gates.find((gate) => gate.to === to) ?? null
}

/** The version that leaves production when `version` comes in, or null. */
export function versionInProduction(
  versions: readonly VersionSummary[],
  { model, version }: Pick<VersionSummary, 'model' | 'version'>,
): number | null {
  return versions.find((each) => each.model === model && each.stage === 'production' && each.version !== version)?.version ?? null
}

/** Up to `count` metrics for the view bar: those that a gate asks for come first, the rest in the order of their names. */
export function keyMetrics(
  { metrics }: Pick<VersionSummary, 'metrics'>,
  gates: readonly Gate[],
  count: number,
): [name: string, value: string][] {
  const gated = gates.flatMap(({ conditions }) => conditions.map(({ metric }) => metric))
  const names = [...new Set([...gated, ...Object.keys(metrics).sort()])]
  const recorded = new Map(Object.entries(metrics))
  return names
    .flatMap((name): [string, string][] => {
      const value = recorded.get(name)
      return value === undefined ? [] : [[name, value]]
    })
    .slice(0, count)
}

/** The version that one is most likely compared with: the one in production, else the one before it, else the one after; null where there is no other. */
export function versionToCompare(versions: readonly VersionSummary[], of: Pick<VersionSummary, 'model' | 'version'>): number | null {
  const others = versions.filter(({ model, version }) => model === of.model && version !== of.version).map(({ version }) => version)
  const before = others.filter((version) => version < of.version)
  return versionInProduction(versions, of) ?? (before.length > 0 ? Math.max(...before) : (others.toSorted((a, b) => a - b)[0] ?? null))
}
