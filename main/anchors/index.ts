export { openAnchor } from './anchor.ts'
export { Paper } from './paper.ts'
export { Timestamps } from './timestamps.ts'
export { Witnesses } from './witnesses.ts'
