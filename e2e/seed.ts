import Database from 'better-sqlite3'
import { join } from 'node:path'
import { sealKey, unsealKey } from '../main/identity/index.ts'
import { PASSPHRASES, SEED, TestWorkplace, type Handle } from './workplace.ts'

/**
 * Before the first test: the workplace that the others begin as copies of, set up once through the command line. Afterwards: removed. The
 * tests sign in hundreds of times, so its keys are sealed anew at the least cost; whoever sets up a workplace of their own pays the real one.
 */
export default async function makeSeed(): Promise<() => Promise<void>> {
  const seed = new TestWorkplace()
  await seed.setUp()
  await sealCheaply(seed)
  process.env[SEED] = seed.folder
  return async () => seed.close()
}

/** Stops a workplace's orchestrator and seals everybody's key anew at the least cost, which it then keeps to. */
export async function sealCheaply(workplace: TestWorkplace): Promise<void> {
  const people = await workplace.json<{ id: string; handle: Handle }[]>(['people', 'list'], { as: 'admin' })
  await workplace.strongroom(['stop'], { as: 'admin' })
  const db = new Database(join(workplace.data, 'strongroom.db'))
  for (const { id, handle } of people) {
    const sealed = db.prepare<[string], string>('SELECT sealed_key FROM people WHERE id = ?').pluck().get(id) ?? ''
    const key = await unsealKey(sealed, PASSPHRASES[handle], id)
    const cheap = await sealKey(key, PASSPHRASES[handle], id, { cost: 1 << 10, blockSize: 8, parallelization: 1 })
    db.prepare('UPDATE people SET sealed_key = ? WHERE id = ?').run(cheap, id)
  }
  db.prepare('UPDATE workplace SET scrypt_cost = 1024').run()
  db.close()
}
