import { mayDoSomewhere, type Holding, type Permission } from '../../shared/contract/index.ts'
import type { Address } from './navigation.ts'
import { useSession } from './session.ts'

/** What somebody must be allowed to read for a page to show them anything; null for what is everybody's. */
const NEEDED: Readonly<Record<Address['page'], Permission | null>> = {
  projects: 'project.read',
  overview: 'project.read',
  pipeline: 'project.read',
  runs: 'run.read',
  run: 'run.read',
  datasets: 'dataset.read',
  models: 'model.read',
  version: 'model.read',
  compare: 'model.read',
  evidence: 'evidence.read',
  ledger: 'ledger.read',
  people: 'people.read',
  settings: null,
  nowhere: null,
}

export function permissionToOpen({ page }: Address): Permission | null {
  return NEEDED[page]
}

/** Whether a page has anything for who holds that: a page of a project, whatever of it they may read. */
export function mayOpen(address: Address, holdings: readonly Holding[]): boolean {
  const needed = permissionToOpen(address)
  return needed === null || mayDoSomewhere(holdings, needed, 'project' in address ? address.project : undefined)
}

export function useMayOpen(address: Address): boolean {
  return mayOpen(address, useSession()?.holdings ?? [])
}
