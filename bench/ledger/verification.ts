import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { build } from 'vite'
import { parseCheckpoint, verifyLedger } from '../../main/ledger/index.ts'
import { openForReading } from '../../main/storage/index.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Entries of which each thread of the bare loop verifies the signatures. */
const SAMPLE = 20_000

/**
 * `verify`: entries a second of a full verification on all cores, from its call to its answer, page check and start of the threads included.
 * The ratio is that of signatures a second (each entry's and each checkpoint's) to a bare loop of Ed25519 verifications of the same entries,
 * on as many threads, in this run: before and after, the mean of both. By processor time it is the same of signatures a second of a
 * processor: what other programs take meanwhile counts on neither side.
 */
export async function measureVerification(print: (line: string) => void, path: string, checkpoint: string): Promise<void> {
  const threads = availableParallelism()
  const bundle = await bundleThreads()
  try {
    const before = await bareRate(bundle.bare, path, threads)
    const began = performance.now()
    const worked = process.cpuUsage()
    const result = await verifyLedger(path, { program: bundle.verifier, threads })
    const seconds = (performance.now() - began) / 1_000
    const { user, system } = process.cpuUsage(worked)
    if (!result.ok) throw new Error(result.damage.message)
    if (result.checkpoint !== checkpoint) throw new Error('another ledger was verified')
    const after = await bareRate(bundle.bare, path, threads)
    const bare = (before.perSecond + after.perSecond) / 2
    const bareCpu = (before.perCpuSecond + after.perCpuSecond) / 2
    const { size } = parseCheckpoint(checkpoint)
    const signatures = size + result.checkpoints
    const ratio = (signatures / seconds / bare).toFixed(2)
    const cpuRatio = (signatures / ((user + system) / 1e6) / bareCpu).toFixed(2)
    print(
      `verify: ${Math.round(size / seconds)} entries/s on ${threads} threads, ${size} in ${seconds.toFixed(1)} s ` +
        `(ratio ${ratio}, per signature, to ${Math.round(bare)} bare Ed25519 verifications/s; ${cpuRatio} by processor time)`,
    )
  } finally {
    rmSync(bundle.folder, { recursive: true })
  }
}

interface Told {
  readonly count: number
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Both programs bundled, as the product's is: sources take longer to start. */
async function bundleThreads(): Promise<{ folder: string; verifier: string; bare: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-threads-'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const input = { verifier: join(ROOT, 'main/ledger/verify-thread.ts'), bare: join(import.meta.dirname, 'bare-thread.ts') }
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['better-sqlite3'] },
    build: {
      ssr: true,
      target: 'node24',
      outDir: join(folder, 'build'),
      emptyOutDir: false,
      rolldownOptions: { input, external: ['better-sqlite3'], output: { format: 'esm', entryFileNames: '[name].js' } },
    },
  })
  return { folder, verifier: join(folder, 'build', 'verifier.js'), bare: join(folder, 'build', 'bare.js') }
}

/** Verifications a second of all threads together, each on a part of the entries of its own, and a second of a processor. */
async function bareRate(program: string, path: string, threads: number): Promise<{ perSecond: number; perCpuSecond: number }> {
  const db = openForReading(path)
  const size = db.prepare<[], number>('SELECT max(seq) + 1 FROM ledger_entries').pluck().get() ?? 0
  const created = db.prepare<[], Buffer>('SELECT envelope FROM ledger_entries WHERE seq = 0').pluck().get()
  db.close()
  const payload = Buffer.from((JSON.parse(String(created)) as { payload: string }).payload, 'base64')
  const { detail } = JSON.parse(String(payload)) as { detail: { orchestratorKey: string } }
  const part = Math.min(SAMPLE, Math.floor(size / threads))
  const workers = Array.from({ length: threads }, (_, i) => new Worker(program, { workerData: { path, from: i * part, to: (i + 1) * part, keys: [detail.orchestratorKey] }, execArgv: [] }))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const told = workers.map((worker) => once(worker, 'message') as Promise<[Told]>)
  for (const worker of workers) worker.postMessage('go')
  const measured = (await Promise.all(told)).map(([each]) => each)
  await Promise.all(workers.map((worker) => worker.terminate()))
  const sum = (of: (each: Told) => number): number => measured.reduce((total, each) => total + of(each), 0)
  return { perSecond: sum(({ count, seconds }) => count / seconds), perCpuSecond: sum(({ count }) => count) / sum(({ cpuSeconds }) => cpuSeconds) }
}
