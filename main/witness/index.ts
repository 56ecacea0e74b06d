export { createWitness, readWitness, signRequest, type SignOutcome, type WitnessState } from './witness.ts'
