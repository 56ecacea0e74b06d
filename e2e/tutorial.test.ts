import { createHash } from 'node:crypto'
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSPHRASES, TestWorkplace } from './workplace.ts'

const root = join(import.meta.dirname, '..')

/** The commands of the tutorial, as they stand in its text. */
function tutorialCommands(): string[] {
  const text = readFileSync(join(root, 'docs', 'tutorial.md'), 'utf8')
  return [...text.matchAll(/^npx strongroom (.+)$/gm)].map(([, command]) => command ?? '')
}

/** Splits a command line as a shell does; the tutorial uses words and single quotes only. */
function splitWords(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

describe('the tutorial', () => {
  let workplace: TestWorkplace
  let project: string
  const env = { STRONGROOM_PASSPHRASE: 'one passphrase for the tutorial' }
  /** Paul's, until he chooses his own. */
  let paulsEnv = env

  beforeAll(() => {
    workplace = new TestWorkplace()
    project = join(workplace.folder, 'wine')
    cpSync(join(root, 'docs', 'tutorial'), project, { recursive: true })
  })
  afterAll(() => workplace.close())

  it('takes ten commands or fewer, and each does what it says', async () => {
    const commands = tutorialCommands()
    expect(commands.length).toBeLessThanOrEqual(10)
    let output = ''
    const first = join(workplace.folder, 'first-passphrase')
    writeFileSync(first, env.STRONGROOM_PASSPHRASE)
    for (const command of commands) {
      const words = splitWords(command).map((word) => (word === '/tmp/wine' ? project : word))
      const chosen = words.at(-1) === 'passphrase' ? ['--new-passphrase-file', workplace.passphraseFile('paul')] : []
      // What the passphrase of somebody else is to be is typed, or in a file: the variable has that of whoever acts.
      const given = words.includes('people') ? ['--new-passphrase-file', first] : []
      output = await workplace.strongroom([...words, ...chosen, ...given], { env: words[1] === 'paul' ? paulsEnv : env })
      if (chosen.length > 0) paulsEnv = { STRONGROOM_PASSPHRASE: PASSPHRASES.paul }
    }
    expect(output).toContain('The pack is as it was signed.')
    const pack = join(workplace.data, 'packs', 'wine-wine-v1-1')
    const [logKey = ''] = (await workplace.strongroom(['--as', 'admin', 'ledger', 'keys'], { env })).split('\n')
    expect(execFileSync('python3', [join(pack, 'verify.py'), '--key', logKey], { encoding: 'utf8' })).toBeTruthy()
  }, 300_000)

  it('leaves a pack that the ledger stands for, and a copy of its database as well, without an orchestrator', async () => {
    const pack = join(workplace.data, 'packs', 'wine-wine-v1-1')
    const holds = { ok: true, pack: { holds: true, isOfThisLedger: true } }
    for (const form of [pack, `${pack}.zip`]) {
      expect(await workplace.json(['--as', 'admin', 'ledger', 'verify', '--pack', form], { env })).toMatchObject(holds)
    }
    const copy = join(workplace.folder, 'copy.db')
    for (const end of ['', '-wal']) cpSync(join(workplace.data, `strongroom.db${end}`), `${copy}${end}`)
    const verifyCopy = ['ledger', 'verify', '--database', copy, '--pack', `${pack}.zip`]
    expect(await workplace.json(verifyCopy, { env })).toMatchObject({ ...holds, walBytes: statSync(`${copy}-wal`).size })
    execFileSync('sqlite3', [copy, 'DROP TRIGGER ledger_entries_delete; DELETE FROM ledger_entries WHERE seq > 5; CREATE TRIGGER ledger_entries_delete BEFORE DELETE ON ledger_entries\n        BEGIN SELECT RAISE(ABORT, \'ledger_entries: an entry is never deleted\'); END;'])
    await expect(workplace.strongroom(verifyCopy, { env })).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(/DAMAGED +An anchor shows[^]*truncated[^]*The ledger does not/) as string })
    const altered = join(workplace.folder, 'altered')
    cpSync(pack, altered, { recursive: true })
    writeFileSync(join(altered, 'README.txt'), 'another')
    await expect(workplace.strongroom(['--as', 'admin', 'ledger', 'verify', '--pack', altered], { env })).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('THE PACK DOES NOT HOLD') as string })
  })

  it('ends with a model that can be copied out, but never over something', async () => {
    const copy = join(workplace.folder, 'wine.joblib')
    await workplace.strongroom(['--as', 'erin', 'model', 'download', 'wine', copy, '--project', 'wine', '--purpose', 'A copy for the lab.'], { env })
    const before = readFileSync(copy)
    const data = join(workplace.folder, 'wine-data')
    const { manifest, entry } = await workplace.json<{ manifest: string; entry: number }>(['--as', 'erin', 'dataset', 'export', 'wine.csv', '--to', data, '--purpose', 'A look at the rows.', '--project', 'wine'], { env })
    expect(readFileSync(join(data, 'wine.csv'), 'utf8')).toContain('alcohol')
    const { payload } = await workplace.json<{ payload: unknown }>(['--as', 'erin', 'ledger', 'show', String(entry)], { env })
    expect(payload).toMatchObject({ action: 'data.exported', detail: { what: 'snapshot', project: 'wine', name: 'wine.csv', sha256: manifest, purpose: 'A look at the rows.' } })
    await expect(workplace.strongroom(['--as', 'erin', 'model', 'download', 'wine', copy, '--project', 'wine', '--purpose', 'A copy for the lab.'], { env })).rejects.toThrow('nothing is replaced')
    expect(readFileSync(copy).equals(before)).toBe(true)
    const key = join(workplace.data, 'keys', 'other.pem')
    await expect(workplace.strongroom(['--as', 'erin', 'model', 'download', 'wine', key, '--project', 'wine', '--purpose', 'A copy for the lab.'], { env })).rejects.toThrow("the workplace's own")
  })

  it('leads to a gate that refuses a worse model with the reason, and records that it did', async () => {
    rmSync(join(project, 'params.yaml'))
    cpSync(join(root, 'docs', 'tutorial', 'params.yaml'), join(project, 'params.yaml'))
    execFileSync('sed', ['-i', 's/trees: 60/trees: 1/', join(project, 'params.yaml')])
    await workplace.strongroom(['--as', 'erin', 'run', 'start', '--project', 'wine', '--follow'], { env })
    await expect(workplace.strongroom(['--as', 'erin', 'model', 'request', 'wine', 'staging', '--project', 'wine'], { env })).rejects.toThrow('the gate asks for at least 0.9')
    expect(await workplace.strongroom(['--as', 'erin', 'ledger', 'list', '--action', 'model.promotion.refused'], { env })).toContain('wine 2')
    const compared = await workplace.strongroom(['--as', 'erin', 'model', 'compare', 'wine:1', 'wine:2', '--project', 'wine'], { env })
    expect(compared).toMatch(/trees +60 +1 +-59/)
  })

  it('has a pipeline that runs without Strongroom too, to the same files', async () => {
    const checked = await workplace.json(['--as', 'erin', 'pipeline', 'validate', '--project', 'wine'], { env })
    expect(checked).toMatchObject({ ok: true, files: ['dvc.yaml'], unchecked: [] })
    const order = await workplace.json<{ stage: string }[]>(['pipeline', 'dry-run', '--folder', project])
    const { stages } = await workplace.json<{ stages: { stage: string; outs: { path: string; sha256: string }[] }[] }>(['--as', 'erin', 'run', 'show', '2'], { env })
    expect(stages.map(({ stage }) => stage)).toEqual(order.map(({ stage }) => stage))
    const copy = join(workplace.folder, 'copy')
    cpSync(project, copy, { recursive: true })
    const outs = stages.flatMap((stage) => stage.outs)
    for (const { path } of outs) rmSync(join(copy, path), { recursive: true })
    const script = join(workplace.folder, 'pipeline.sh')
    await workplace.strongroom(['pipeline', 'export', '--posix', '--folder', project, '--out', script])
    execFileSync('sh', [script, copy], { stdio: 'pipe' })
    expect(outs.map(({ path }) => [path, createHash('sha256').update(readFileSync(join(copy, path))).digest('hex')])).toEqual(outs.map(({ path, sha256 }) => [path, sha256]))
  }, 120_000)
})
