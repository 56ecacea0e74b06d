import { parseArgs } from 'node:util'
import { RequestError } from '../../shared/contract/index.ts'
import { isShortfall, LedgerError } from '../ledger/index.ts'
import { StorageError } from '../storage/index.ts'
import { SOFTWARE, defaultDataFolder, findInstallation, type StartRefusal } from '../client/index.ts'
import { startOrchestrator } from './orchestrator.ts'

const NODE_MAJOR = 24

/** The orchestrator's process: `orchestrator.js --data FOLDER`, with `--even-short` where its ledger is to be continued. Runs until it is stopped; closing a window does not stop it. */
async function main(): Promise<void> {
  refuseOtherNode(process.versions.node)
  const wasStarted = process.connected
  const { values } = parseArgs({ options: { data: { type: 'string' }, 'even-short': { type: 'boolean', default: false } } })
  const orchestrator = await startOrchestrator({
    dataFolder: values.data ?? defaultDataFolder(),
    installation: findInstallation(),
    software: SOFTWARE,
    evenShort: values['even-short'],
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void orchestrator.stop(signal))
  process.on('SIGHUP', () => undefined)
  // Whoever started this process has the socket now, and may end; to let a ledger go on, it stays until it is connected, or was killed.
  if (process.connected && !values['even-short']) process.disconnect()
  else if (process.connected) process.once('disconnect', () => setImmediate(orchestrator.leave))
  else if (wasStarted) orchestrator.leave()
  await orchestrator.stopped
}

/** The SQLite binding crashes on an older Node instead of saying so. */
function refuseOtherNode(version: string): void {
  if (Number(version.split('.')[0]) >= NODE_MAJOR) return
  throw new RequestError('conflict', `Strongroom runs on Node ${NODE_MAJOR}, which its installation brings; this is Node ${version}. Start it with 'npx strongroom'.`)
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const expected = error instanceof RequestError || error instanceof StorageError || error instanceof LedgerError
    process.stderr.write(`${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    if (!expected || !process.send) process.exit(1)
    const refusal: StartRefusal = { code: isShortfall(error) ? 'ledger-short' : 'internal', message: error.message }
    process.send(refusal, () => process.exit(1))
  },
)
