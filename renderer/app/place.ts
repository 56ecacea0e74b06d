import { useState } from 'react'
import type { Project, ProjectId } from '../../shared/contract/index.ts'
import { projectList, type Address } from '../state/index.ts'

/** The project that an address lies in, if any. */
export function projectOf(address: Address): ProjectId | undefined {
  return 'project' in address ? address.project : undefined
}

/**
 * The project in hand: that of the address, else the last one that was open here, else the only one there is. Undefined while there is none.
 */
export function useProjectInHand(address: Address): { readonly project: ProjectId | undefined; readonly projects: readonly Project[] } {
  const { value: projects = [] } = projectList.use('projects')
  const here = projectOf(address)
  const [last, setLast] = useState<ProjectId | undefined>(here)
  if (here !== undefined && here !== last) setLast(here)
  const wanted = here ?? last ?? projects[0]?.id
  return { project: here ?? projects.find(({ id }) => id === wanted)?.id, projects }
}
