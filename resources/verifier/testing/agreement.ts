import { isDeepStrictEqual } from 'node:util'
import { afterAll, expect } from 'vitest'
import { startVerifiers } from './both-verifiers.ts'
import { cast, inZip, pack, story } from './mjs-workbench.ts'
import { entryFile, nameKey, ORIGIN, sortFiles, zipFiles, type Files, type PackPlan, type Step, type TestKey } from './pack-builder.ts'

// What the tests that the two verifiers agree share: both judge, and must say the same.

export const verifiers = await startVerifiers()
afterAll(verifiers.close)

/** The verdict of both, which must be the same one. */
export async function judge(path: string) {
  const { mjs, py } = await verifiers.judge(path)
  // Tens of thousands of findings are compared at once; what differs is then shown.
  if (!isDeepStrictEqual(py, mjs)) expect(py).toEqual(mjs)
  expect(mjs.crashed).toBeUndefined()
  return mjs
}

/** As a zip, which is one file to write and to remove. */
export const judgeFiles = (files: Files) => judge(inZip(zipFiles(sortFiles(files))))

export async function findingsOf(files: Files | string): Promise<string[] | undefined> {
  const { findings } = await (typeof files === 'string' ? judge(files) : judgeFiles(files))
  return findings?.map(({ code, file }) => `${code} ${file}`)
}

export const findingsAfter = async (edit: (files: Files) => void, plan: Partial<PackPlan> = {}) => findingsOf(pack({ ...plan, edit }))
export const findingsOfStory = async (steps: readonly Step[]) => findingsOf(pack({ steps }))
export const enrol = (person: string, key: TestKey, by = cast.admin): Step => {
  const typed = Buffer.from(key.verifierKey.split('+').slice(2).join('+'), 'base64')
  const { verifierKey } = nameKey(`${ORIGIN}/person/${person}`, typed)
  return { name: `enrol ${person}`, by, action: 'person.enrolled', detail: () => ({ person, roles: ['approver'], key: verifierKey }) }
}
export const next = entryFile(story.length)
