/**
 * The runner: one detached process per stage attempt, started as `node runner.js <attempt folder>`. It needs no orchestrator to finish:
 * it records the terminal, watches over the stage, digests what the stage produced and leaves `result.json`.
 */
import { Attempt } from './attempt.ts'

const folder = process.argv[2]
if (folder === undefined) {
  process.stderr.write('Give the attempt folder: runner <folder with spec.json>\n')
  process.exit(2)
}

const attempt = new Attempt(folder)
process.on('SIGTERM', () => attempt.cancel(null))
process.on('SIGINT', () => attempt.cancel(null))
process.on('SIGHUP', () => undefined)
process.on('uncaughtException', (error) => attempt.abort(error))
process.on('unhandledRejection', (error) => attempt.abort(error))
void attempt.run().then(() => process.exit(0))
