export { openAnchor } from './anchor.ts'
export { Paper } from './paper.ts'
export { Witnesses } from './witnesses.ts'
