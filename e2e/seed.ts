import { SEED, TestWorkplace } from './workplace.ts'

/** Before the first test: the workplace that the others begin as copies of, set up once through the command line. Afterwards: removed. */
export default async function makeSeed(): Promise<() => Promise<void>> {
  const seed = new TestWorkplace()
  await seed.setUp()
  await seed.strongroom(['stop'], { as: 'admin' })
  process.env[SEED] = seed.folder
  return async () => seed.close()
}
