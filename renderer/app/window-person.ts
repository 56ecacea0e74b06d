import type { PersonId } from '../../shared/contract/index.ts'
import { clearResources, navigate, workplaceState } from '../state/index.ts'
import { forgetNotices } from './notices.ts'

/**
 * Watches who is signed in here. Where another person follows the last one, notices, toasts, what was read and the place go: they were
 * that person's. Who comes back finds them as they were. Returns a function that ends the watch.
 */
export function watchPerson(): () => void {
  let last: PersonId | null = null
  return workplaceState.store.subscribe(({ entries }) => {
    const state = entries['"workplace"']?.loaded.value
    const person = state?.session?.person.id
    if (state === undefined || person === undefined || person === last) return
    const isOther = last !== null
    last = person
    if (!isOther) return
    forgetNotices()
    navigate({ page: 'projects' })
    clearResources()
    workplaceState.set('workplace', state)
  })
}
