import type { Ledger } from '../../main/ledger/index.ts'

const PROOFS = 2_000

/** ms for the inclusion proof of a random entry under the newest checkpoint, as the file that is handed out. */
export function measureProof(print: (line: string) => void, ledger: Ledger): void {
  const times: number[] = []
  let bytes = 0
  for (let i = 0; i < PROOFS; i++) {
    const seq = Math.floor(Math.random() * ledger.size)
    const began = performance.now()
    bytes += ledger.proofFile(seq).length
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  const at = (share: number): string => (times[Math.floor(PROOFS * share)] ?? NaN).toFixed(3)
  print(`proof: ${at(0.5)} ms, median of ${PROOFS} random entries of ${ledger.size} (99 of 100 within ${at(0.99)} ms; ${Math.round(bytes / PROOFS)} bytes a file)`)
}
