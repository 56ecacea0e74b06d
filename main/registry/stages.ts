import type { ModelStage } from '../../shared/contract/index.ts'

/** What moves a version from one stage to another. */
export type Move = 'promotion' | 'rollback' | 'superseded' | 'superseded-on-hold' | 'archive'

/**
 * The stage machine as a table: where a version may go next, and by what. Promotion and rollback take the approvals of second people; a
 * version that another one supersedes in production is archived, unless a legal hold keeps it from that; archiving is a decision of its own, also of
 * one that was superseded, which then does not come back.
 */
const MOVES: Readonly<Record<ModelStage, Partial<Record<ModelStage, readonly Move[]>>>> = {
  experiment: { staging: ['promotion'], archived: ['archive'] },
  staging: { production: ['promotion', 'rollback'], archived: ['archive'] },
  production: { archived: ['archive', 'superseded'], staging: ['superseded-on-hold'] },
  archived: { production: ['rollback'], archived: ['archive'] },
}

export function mayMove(from: ModelStage, to: ModelStage, by: Move): boolean {
  return MOVES[from][to]?.includes(by) === true
}
