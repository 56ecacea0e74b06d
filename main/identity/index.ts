export { People, type Actor, type Credentials, type NewPerson } from './people.ts'
export { calibrateCost, costFor } from './scrypt-cost.ts'
export { costOf, DEFAULT_COST, sealKey, unsealKey, WrongPassphrase, type ScryptCost } from './sealed-key.ts'
export { Sessions } from './sessions.ts'
