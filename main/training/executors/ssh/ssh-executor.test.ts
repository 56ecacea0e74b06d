import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ENTRY_DETAILS, ExecutorName, RequestError, type RunDetail, type RunId } from '../../../../shared/contract/index.ts'
import { newTestFolder, openTestWorkplace } from '../../test-workplace.ts'
import { remoteFiles, RemoteRecord } from './remote-record.ts'
import { SshExecutor } from './ssh-executor.ts'
import { SshLine } from './ssh-line.ts'
import { startSshd, withoutSshd } from './test-sshd.ts'

if (withoutSshd !== null) process.stderr.write(`Not tested: stages by SSH, because ${withoutSshd}.\n`)
const LONG = 240_000

describe.skipIf(withoutSshd !== null)('a stage on a host by SSH', () => {
  let sshd: Awaited<ReturnType<typeof startSshd>>
  let workplace: Awaited<ReturnType<typeof openTestWorkplace>>
  const remote = newTestFolder()
  const config = { kind: 'ssh', host: 'gpu1', folder: join(remote, "strong room's"), staging: { by: 'copy' } } as const
  const gpu1 = { executor: 'gpu1' }
  const open = (folder?: string) => openTestWorkplace(folder, { sshArguments: sshd.arguments })
  const signal = (name: string): string => join(remote, name)
  /** Shell text that says `begun` by a file and waits for another. */
  const waitFor = (name: string): string => `touch '${signal(`${name}.begun`)}'; while [ ! -e '${signal(name)}' ]; do sleep 0.1; done`
  const terminal = async (run: RunId, stage: string): Promise<string> =>
    (await workplace.training.terminal({ run, stage, attempt: 1, offset: 0 })).events.filter(([, code]) => code === 'o').map(([, , text]) => text).join('')
  const outsOf = ({ stages }: RunDetail) => stages.map(({ stage, outs }) => ({ stage, outs: outs.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })) }))
  const idOf = (run: RunId, stage: string): string => RemoteRecord.parse(JSON.parse(readFileSync(remoteFiles(workplace.attemptFolder(run, stage)).record, 'utf8'))).id
  const attempts = (): string[] => readdirSync(join(config.folder, 'attempts'))

  beforeAll(async () => {
    sshd = await startSshd()
    workplace = await open()
    workplace.training.executors.set(workplace.actor, ExecutorName.parse('gpu1'), config)
    const { project } = workplace
    mkdirSync(join(project, 'data'))
    for (const name of ['plain', 'sp ace', `quo'te"`, '-dash', 'new\nline', 'ä😀$HOME`*']) writeFileSync(join(project, 'data', name), `content of ${name}`)
    writeFileSync(join(project, 'build.sh'), '#!/bin/sh\ncp -R data "$1"\nprintf "%s\\n" "$2" >"$1/argument"\necho "{\\"name\\": \\"loss\\", \\"step\\": 1, \\"value\\": 0.5}" >>"$STRONGROOM_METRICS"\n')
    chmodSync(join(project, 'build.sh'), 0o755)
  }, LONG)
  afterAll(async () => {
    await workplace.close()
    await sshd.close()
    rmSync(remote, { recursive: true, force: true })
  })

  it('leaves what it leaves on this machine, whatever its files are called, and says that its evidence is weaker', async () => {
    const sketches = (meta: object) => ({
      build: { cmd: `./build.sh 'out dir' "it's"`, deps: ['data'], outs: ['out dir'], meta },
      count: { cmd: ['cd "out dir" && ls | wc -l >../count', 'printf "ää\\n"'], deps: ['out dir'], outs: ['count'], meta },
    })
    const there = await workplace.finished(await workplace.start(sketches(gpu1)))
    expect(there.stages.map(({ state, reason }) => [state, reason])).toEqual([['succeeded', null], ['succeeded', null]])
    const [entry] = workplace.facts().filter(({ action }) => action === 'stage.started').map(({ detail }) => ENTRY_DETAILS['stage.started'].parse(detail))
    expect(entry?.executor).toBe('gpu1')
    expect(await terminal(there.id, 'count')).toBe('ää\r\n')
    expect(workplace.training.metricPoints({ run: there.id, after: 0, limit: 9 })).toEqual([expect.objectContaining({ name: 'loss', step: 1 })])
    const succeeded = workplace.facts().filter(({ action }) => action === 'stage.succeeded').map(({ detail }) => ENTRY_DETAILS['stage.succeeded'].parse(detail))
    const environment = JSON.parse((await workplace.blobs.read(succeeded[0]?.environment ?? '')).toString()) as { weaker: string[]; cores: number }
    expect(environment.weaker).toContainEqual(expect.stringContaining('without a pseudo-terminal'))
    expect(environment.cores).toBeGreaterThan(0)
    const here = await workplace.finished(await workplace.start(sketches({}), undefined, true))
    expect(outsOf(there)).toEqual(outsOf(here))
  }, LONG)

  it('fails as here where a command fails or an out is missing, and leaves the project as it was', async () => {
    writeFileSync(join(workplace.project, 'kept'), 'from before')
    const run = await workplace.finished(await workplace.start({
      fails: { cmd: ['echo why >&2; exit 3', 'echo never'], meta: gpu1 },
      absent: { cmd: 'true', outs: ['kept'], meta: gpu1 },
      unknown: { cmd: 'no-such-program', meta: gpu1 },
    }))
    const [fails, absent, unknown] = run.stages
    expect(fails).toMatchObject({ state: 'failed', exitCode: 3, reason: 'The command ended with exit code 3.' })
    expect(absent?.reason).toBe(`The stage ended without producing 'kept'. Correct its command, or what dvc.yaml says of it.`)
    expect(unknown?.reason).toContain('was not found on gpu1')
    expect(await terminal(run.id, 'fails')).toBe('why\r\n')
    expect(readFileSync(join(workplace.project, 'kept'), 'utf8')).toBe('from before')
  }, LONG)

  it('goes on while no connection is to be had, and is told so; then all of its output is there, once', async () => {
    const run = await workplace.start({ long: { cmd: `echo before; ${waitFor('line')}; echo after`, outs: [], meta: gpu1 } })
    await begun('line')
    await sshd.stop()
    await workplace.until(() => /connection to gpu1 is lost since .*may go on there/.test(workplace.stageOf(run, 'long').reason ?? ''))
    writeFileSync(signal('line'), '')
    await sshd.start()
    expect((await workplace.finished(run)).stages[0]).toMatchObject({ state: 'succeeded', attempt: 1, reason: null })
    expect(await terminal(run, 'long')).toBe('before\r\nafter\r\n')
  }, LONG)

  it('ends while there is no orchestrator, and the next one collects it', async () => {
    const run = await workplace.start({ alone: { cmd: `echo one; ${waitFor('alone')}; echo two; echo made >made`, outs: ['made'], meta: gpu1 } })
    await begun('alone')
    const { folder } = workplace
    await workplace.close()
    writeFileSync(signal('alone'), '')
    await condition(() => existsSync(join(config.folder, 'attempts', idOf(run, 'alone'), 'end')))
    workplace = await open(folder)
    expect(workplace.training.adopt()).toBe(1)
    expect((await workplace.finished(run)).stages[0]).toMatchObject({ state: 'succeeded', attempt: 1 })
    expect(readFileSync(join(workplace.project, 'made'), 'utf8')).toBe('made\n')
    expect(await terminal(run, 'alone')).toBe('one\r\ntwo\r\n')
  }, LONG)

  it('has its grace when it is cancelled, and keeps its checkpoint', async () => {
    const save = 'mkdir -p ckpt; echo saved >ckpt/state'
    const run = await workplace.start({ train: { cmd: `trap '${save}; exit 0' TERM; ${waitFor('never')}`, meta: { ...gpu1, checkpoint: 'ckpt' } } })
    await begun('never')
    await workplace.training.cancel(workplace.actor, run)
    expect((await workplace.finished(run)).stages[0]).toMatchObject({ state: 'cancelled' })
    expect(readFileSync(join(workplace.project, 'ckpt', 'state'), 'utf8')).toBe('saved\n')
    // Nothing stays there.
    await condition(() => attempts().length === 0)
  }, LONG)

  it('sends nothing where the project is shared, and leaves its outs in place', async () => {
    workplace.training.executors.set(workplace.actor, ExecutorName.parse('near'), { ...config, staging: { by: 'shared' } })
    mkdirSync(join(workplace.project, 'sub'), { recursive: true })
    writeFileSync(join(workplace.project, 'sub', 'old'), 'from before')
    const run = await workplace.finished(await workplace.start({ near: { cmd: '[ ! -e sub/old ] && pwd >sub/old', outs: ['sub/old'], meta: { executor: 'near' } } }))
    expect(run.stages[0]).toMatchObject({ state: 'succeeded', reason: null })
    expect(readFileSync(join(workplace.project, 'sub', 'old'), 'utf8')).toBe(`${workplace.project}\n`)
  }, LONG)

  it('is lost only when its host says so, with the reason', async () => {
    const run = await workplace.start({ lost: { cmd: waitFor('boot'), meta: gpu1 } })
    await begun('boot')
    const state = join(config.folder, 'attempts', idOf(run, 'lost'), 'state')
    // It is written again when the command's process is known.
    await condition(() => /^child=\d/m.test(readFileSync(state, 'utf8')))
    const group = Number(/^child=(\d+)$/m.exec(readFileSync(state, 'utf8'))?.[1])
    writeFileSync(state, readFileSync(state, 'utf8').replace(/^boot=.*$/m, 'boot=another'))
    expect((await workplace.finished(run)).stages[0]).toMatchObject({ state: 'interrupted', reason: 'The stage was interrupted. gpu1 was restarted while it ran.' })
    process.kill(-group, 'SIGKILL')
  }, LONG)

  it('is refused to a host whose key is not known, or another than is known, whatever the configuration says; a person is told what to run', async () => {
    for (const [more, message] of [[sshd.argumentsOfUnknown, 'is not known'], [sshd.argumentsOfChanged, 'is not the one that is known']] as const) {
      const line = new SshLine({ host: 'gpu1' }, more)
      await expect(line.run(['true'])).rejects.toMatchObject({ code: 'host-key', message: expect.stringMatching(new RegExp(`${message}.*'ssh gpu1'`)) as string })
      await line.close()
    }
    const changed = new SshExecutor(config, { name: 'gpu1', program: join(import.meta.dirname, '../../../../resources/remote/attempt.sh'), sshArguments: sshd.argumentsOfChanged })
    expect(await changed.check()).toEqual([{ ok: false, what: 'connection', found: expect.stringContaining('ssh-keygen -R') as string }])
    await changed.close()
  }, LONG)

  it('is checked by a look at it, which begins nothing', async () => {
    const found = await workplace.training.check('gpu1')
    expect(found.map(({ ok, what }) => [ok, what])).toEqual([[true, 'connection'], [true, 'tools'], [true, 'folder'], [true, 'system'], [true, 'GPU']])
    await expect(workplace.training.check('gpu2')).rejects.toThrow(RequestError)
  }, LONG)

  async function begun(name: string): Promise<void> {
    await condition(() => existsSync(signal(`${name}.begun`)))
  }
})

async function condition(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50))
}
