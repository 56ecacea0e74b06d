import type { ModelStage } from '../../shared/contract/index.ts'

/** The stage machine as a table: where a version may go next by promotion. Archiving is a decision of its own. */
const PROMOTIONS: Readonly<Record<ModelStage, readonly ModelStage[]>> = {
  experiment: ['staging'],
  staging: ['production'],
  production: [],
  archived: [],
}

export function mayPromote(from: ModelStage, to: ModelStage): boolean {
  return PROMOTIONS[from].includes(to)
}
