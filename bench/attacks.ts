import { attacksOn } from '../main/ledger/attacks.ts'

/** The specification's attack table, performed: each attack, how it was done, and what the verification said. An action that was never logged leaves nothing to attack. */
export async function run(print: (line: string) => void): Promise<void> {
  let wrong = 0
  for (const { name, how, expected, perform } of attacksOn()) {
    const said = await perform()
    if (!said.startsWith(expected)) wrong++
    print(`${said.startsWith(expected) ? '' : `NOT ${expected}: `}${name} | ${how} | ${said}`)
  }
  print("an action never logged | not done: no log can show it | what it leaves, 'ledger verify --blobs' reconciles (main/orchestrator/blob-verification.test.ts)")
  if (wrong > 0) throw new Error(`${wrong} attacks were answered otherwise than the table says`)
}
