import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { RequestError, SystemDescription } from '../../shared/contract/index.ts'
import { storageErrorFrom } from '../storage/index.ts'

const run = promisify(execFile)

/** `strongroom.json` of a sample: the system that it describes, and what it needs that does not come with the product. */
const SampleFile = SystemDescription.extend({ title: z.string(), description: z.string(), requirement: z.string().nullable() })

export interface BundledSample {
  readonly id: string
  readonly folder: string
  readonly title: string
  readonly description: string
  readonly requirement: string | null
  readonly system: SystemDescription
}

/** The samples in `<resources>/samples`, in order of name. */
export async function listSamples(resources: string): Promise<BundledSample[]> {
  const root = join(resources, 'samples')
  const ids = (await readdir(root)).filter((id) => existsSync(join(root, id, 'strongroom.json'))).sort()
  return Promise.all(
    ids.map(async (id) => {
      const { title, description, requirement, ...system } = SampleFile.parse(JSON.parse(await readFile(join(root, id, 'strongroom.json'), 'utf8')))
      return { id, folder: join(root, id), title, description, requirement, system }
    }),
  )
}

/**
 * Copies a sample into a new folder and, where there is git, commits it there, so that its runs have a code version; then does `register`.
 * Whatever goes wrong leaves no folder behind. Throws `already-exists` when the folder is there, StorageError, and what `register` throws.
 */
export async function copySample<T>(sample: BundledSample, target: string, register: () => T): Promise<T> {
  await mkdir(dirname(target), { recursive: true }).catch(refuse(target))
  await mkdir(target).catch(refuse(target))
  try {
    await cp(sample.folder, target, { recursive: true, filter: (path) => !path.endsWith('.test.ts') }).catch(refuse(target))
    await commitAll(target, `Copy the sample ${sample.id}`)
    return register()
  } catch (error) {
    await rm(target, { recursive: true, force: true })
    throw error
  }
}

function refuse(target: string): (error: unknown) => never {
  return (error) => {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw exists ? new RequestError('already-exists', `${target} exists already. Give another folder.`) : storageErrorFrom(error, target)
  }
}

async function commitAll(folder: string, message: string): Promise<void> {
  const identity = ['-c', 'user.name=Strongroom', '-c', 'user.email=sample@strongroom.invalid', '-c', 'commit.gpgsign=false']
  try {
    await run('git', ['init', '--quiet', '--initial-branch=main'], { cwd: folder })
    await run('git', ['add', '--all'], { cwd: folder })
    await run('git', [...identity, 'commit', '--quiet', '--message', message], { cwd: folder })
  } catch {
    // Without git the code version of a run is recorded as unknown, which is what the evidence then says.
    await rm(join(folder, '.git'), { recursive: true, force: true })
  }
}
