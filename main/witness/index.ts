export { createWitness, readWitness, signRequest, trustLogKey, type SignOutcome, type WitnessState } from './witness.ts'
