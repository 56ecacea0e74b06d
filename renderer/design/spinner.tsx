import { StateShape } from './state-shape.tsx'

/** The turning arc beside the word of something under way. Decoration: the word says what happens. */
export function Spinner() {
  return <StateShape state="running" />
}
