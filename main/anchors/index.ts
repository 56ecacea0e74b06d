export { openAnchor } from './anchor.ts'
export { Witnesses } from './witnesses.ts'
