import { peopleList } from './resources.ts'
import { useSession } from './session.ts'

/** The display name of a person by their id; what is no id is a name already. */
export function usePersonName(): (person: string) => string {
  const people = peopleList.use('people').value
  return (person) => people?.find(({ id }) => id === person)?.displayName ?? person
}

/** Whether the person signed in here is meant. */
export function useIsSelf(): (person: string) => boolean {
  const session = useSession()
  return (person) => session !== null && (session.person.id === person || session.person.displayName === person)
}
