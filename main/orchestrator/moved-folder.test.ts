import { chownSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProjectId } from '../../shared/contract/index.ts'
import { dataFolder, findInstallation, SOFTWARE } from '../client/index.ts'
import { startOrchestrator } from './orchestrator.ts'
import { openTestWorkplace, PASSPHRASE } from './test-workplace.ts'

const CLIENT = 'a'.repeat(64)
const system = { name: 'Loans', intendedPurpose: 'x', roles: ['provider' as const], annexIII: '' }
const [inside, outside] = [ProjectId.parse('inside'), ProjectId.parse('outside')]

let base: string
let original: string
let copy: string
let elsewhere: string

function pipelineIn(folder: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'dvc.yaml'), 'stages: {}\n')
  return folder
}

const open = (folder: string) => openTestWorkplace({ folder: dataFolder(folder) })

beforeEach(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-moved-')))
  ;[original, copy, elsewhere] = [join(base, 'original'), join(base, 'copy'), join(base, 'elsewhere')]
  const workplace = await open(original)
  const { sessions, projects } = workplace.ready()
  await sessions.open(CLIENT, 'asta', PASSPHRASE)
  projects.add(sessions.actor(CLIENT), inside, pipelineIn(join(original, 'projects', 'inside')), system)
  projects.add(sessions.actor(CLIENT), outside, pipelineIn(elsewhere), system)
  await workplace.close()
  cpSync(original, copy, { recursive: true })
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

describe('a data folder that was copied elsewhere', () => {
  it('has its own projects with it, and names the others where they were', async () => {
    const workplace = await open(copy)
    const { projects } = workplace.ready()
    expect(projects.presentFolder(inside)).toBe(join(copy, 'projects', 'inside'))
    expect(projects.presentFolder(outside)).toBe(elsewhere)
    await workplace.close()
  })

  it('says which folder of a project is gone, and takes the place where it lies by now', async () => {
    rmSync(elsewhere, { recursive: true })
    const workplace = await open(copy)
    const { projects, sessions } = workplace.ready()
    await sessions.open(CLIENT, 'asta', PASSPHRASE)
    expect(() => projects.presentFolder(outside)).toThrow(`The folder ${elsewhere} of the project outside is not there.`)
    expect(() => projects.change(sessions.actor(CLIENT), outside, system, join(copy, 'projects', 'inside'))).toThrow('is the project inside already')
    const now = pipelineIn(join(base, 'now'))
    projects.change(sessions.actor(CLIENT), outside, system, now)
    expect(projects.presentFolder(outside)).toBe(now)
    await workplace.close()
  })

  it('is refused without the ledger that its high-water mark knows of', async () => {
    for (const name of ['strongroom.db', 'strongroom.db-wal', 'strongroom.db-shm']) rmSync(join(copy, name), { force: true })
    await expect(open(copy)).rejects.toMatchObject({ code: 'ledger-gone', message: expect.stringContaining('Restore the whole folder, strongroom.db-wal with it.') as string })
  })

  it.runIf(process.geteuid?.() === 0)('is refused to who does not own it, before anything in it is touched', async () => {
    chownSync(copy, 65_534, 65_534)
    await expect(startOrchestrator({ dataFolder: copy, installation: findInstallation(), software: SOFTWARE })).rejects.toThrow(`${copy} belongs to the user with id 65534, and this is 0.`)
  })
})
