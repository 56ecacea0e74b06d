import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { RequestError, type ParamsOf, type ResultOf } from '../../../shared/contract/index.ts'
import { connectToOrchestrator } from '../../client/index.ts'
import { complain, facts, print } from '../output.ts'
import { askPassphrase } from '../passphrase.ts'
import { collect } from '../repeated-option.ts'
import { dataFolderOf, newClientKey, signalToStop, type GlobalOptions } from '../session.ts'
import { describeLoss } from './ledger-verify.ts'

/** What `--unproved` says: a key that came in a lost entry cannot be told from one that somebody made up. */
export const UNPROVED = 'take an anchor for the proof that no known key signed, if no other shows what is lost: anybody can write one, and the ledger will say for ever what it says'

const NEW_ORCHESTRATOR_KEY = 'give the orchestrator a new key, where the one that the ledger knows is lost as well: you alone attest it, and the ledger will say so for ever'

export type Continuation = ResultOf<'ledger.continue'>

export function addContinueCommand(ledger: Command): void {
  ledger
    .command('continue')
    .description('let a ledger go on under another origin, since more was signed than it has; the administrator whom --as names signs what is lost')
    .requiredOption('--reason <text>', 'why entries are missing: it stands in the ledger for ever')
    .option('--anchor <file>', 'a checkpoint that knows of more than there is, beside high-water of this folder; may be given again', collect)
    .option('--unproved', UNPROVED)
    .option('--new-orchestrator-key', NEW_ORCHESTRATOR_KEY)
    .action(async (own: { reason: string; anchor?: string[]; unproved?: boolean; newOrchestratorKey?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const done = await continueLedger(options, { reason: own.reason, anchors: await readAnchors(own.anchor ?? []), unproved: own.unproved ?? false, newOrchestratorKey: own.newOrchestratorKey ?? false })
      print(done, options.json, () => facts(describeContinuation(done)))
    })
}

/**
 * Signed in is nobody, as that would be recorded under the origin that is given up. An orchestrator that was started for this alone and cannot do it does not
 * stay. Throws what `ledger.continue` throws.
 */
export async function continueLedger(options: GlobalOptions, wish: Omit<ParamsOf<'ledger.continue'>, 'handle' | 'passphrase'>): Promise<Continuation> {
  const handle = requireName(options)
  const folder = dataFolderOf(options)
  const { client, socket } = await connectToOrchestrator(folder, { start: true, evenShort: true, clientKey: newClientKey() })
  try {
    if (!options.json) complain(`By signing as ${handle} you state that entries which were signed are missing here, and let the ledger go on without them under another origin, for good: ${wish.reason}`)
    const passphrase = await askPassphrase(`Passphrase of ${handle}, to sign`, options.passphraseFile)
    return await client.call('ledger.continue', { handle, passphrase, ...wish })
  } catch (error) {
    if ((await client.call('workplace.state', {})).isShort) signalToStop(folder)
    throw error
  } finally {
    client.close()
    socket.destroy()
  }
}

/** Throws `invalid-request` where nobody is named. */
export function requireName({ as }: GlobalOptions): string {
  if (as !== undefined) return as
  throw new RequestError('invalid-request', 'Say which administrator signs: strongroom --as NAME ...')
}

export async function readAnchors(files: readonly string[]): Promise<string[]> {
  const { straighten } = await import('../../ledger/index.ts')
  return files.map((file) => straighten(readFileSync(file, 'utf8')))
}

export function describeContinuation(done: Continuation): (readonly [string, string | number])[] {
  return [
    ['Goes on', `as ${done.origin}, from entry ${done.entry}`],
    ['LOST', describeLoss(done)],
    ['Log key', done.key],
    ['', 'Auditors keep the first key: the entries lead from it to this one. Give them the new origin, and the anchor, which is the proof of what is missing.'],
    ['', 'Witnesses of before know another log: make new ones for this key, keep the folders of the old ones. Print a new anchor, make a backup.'],
  ]
}
