import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { AttemptState, attemptFolder, readJson } from './runner/attempt-folder.ts'
import { openTestWorkplace } from './test-workplace.ts'

type Workplace = Awaited<ReturnType<typeof openTestWorkplace>>
const opened: Workplace[] = []

async function open(...args: Parameters<typeof openTestWorkplace>): Promise<Workplace> {
  const workplace = await openTestWorkplace(...args)
  opened.push(workplace)
  return workplace
}

afterEach(async () => {
  for (const workplace of opened.splice(0)) {
    await workplace.close()
    rmSync(workplace.folder, { recursive: true, force: true })
  }
})

const story = (workplace: Workplace, stage: string) =>
  workplace.facts().filter(({ detail }) => detail.stage === stage).map(({ action, detail }) => [action, detail.attempt, detail.cause ?? detail.resumes ?? detail.exitCode].filter((part) => part !== undefined))

describe('a stage that fails with an exit code which it says is tried again', () => {
  it('is, as often as is said, and the ledger has each attempt; what needs it waits', async () => {
    const workplace = await open()
    const run = await workplace.start({
      flaky: { cmd: 'echo x >> ../tries; test $(wc -l < ../tries) -ge 3 || exit 75; echo 1 > out', outs: ['out'], meta: { retry: { exit_codes: [75], backoff: '1s', limit: 2 } } },
      next: { cmd: 'true', deps: ['out'] },
    })
    await workplace.until(() => workplace.stageOf(run, 'flaky').attempts[0]?.state === 'failed')
    expect(workplace.stageOf(run, 'flaky')).toMatchObject({ state: 'waiting', attempt: 1, reason: expect.stringMatching(/exit code 75\. It is run again at \d\d:\d\d:\d\d UTC\.$/) as string })
    expect((await workplace.finished(run)).state).toBe('succeeded')
    expect(story(workplace, 'flaky')).toEqual([
      ['stage.started', 1], ['stage.failed', 1, 75], ['stage.requeued', 1, 'retry'],
      ['stage.started', 2], ['stage.failed', 2, 75], ['stage.requeued', 2, 'retry'],
      ['stage.started', 3], ['stage.succeeded', 3],
    ])
    const { attempts } = workplace.stageOf(run, 'flaky')
    expect(attempts.map(({ attempt, state, exitCode }) => [attempt, state, exitCode])).toEqual([[1, 'failed', 75], [2, 'failed', 75], [3, 'succeeded', 0]])
    const due = workplace.facts().filter(({ action }) => action === 'stage.requeued').map(({ detail }) => (typeof detail.notBefore === 'string' ? detail.notBefore : ''))
    expect(attempts.slice(1).map(({ startedAt }, index) => startedAt >= (due[index] ?? ''))).toEqual([true, true])
  })

  it('can be cancelled while it waits', async () => {
    const workplace = await open()
    const run = await workplace.start({ flaky: { cmd: 'exit 75', meta: { retry: { exit_codes: [75], backoff: '1h' } } } })
    await workplace.until(() => workplace.stageOf(run, 'flaky').attempts[0]?.state === 'failed')
    await workplace.training.cancel(workplace.actor, run)
    expect((await workplace.finished(run)).state).toBe('cancelled')
  })
})

describe('a stage whose processes are gone without an end', () => {
  const stage = (checkpoint: boolean) => ({
    train: {
      cmd: 'mkdir -p ckpt; if [ -e ckpt/step ]; then cp ckpt/step out; else echo 7 > ckpt/step; sleep 1000; fi', outs: ['out'],
      meta: checkpoint ? { checkpoint: 'ckpt' } : {},
    },
  })
  const kill = async (workplace: Workplace, run: number): Promise<void> => {
    const state = () => readJson(attemptFolder(workplace.attemptFolder(run, 'train')).state, AttemptState)
    while (!existsSync(join(workplace.project, 'ckpt/step')) || !state()?.child) await new Promise((resolve) => setTimeout(resolve, 20))
    process.kill(state()?.runnerPid ?? 0, 'SIGKILL')
  }

  it('goes on from its checkpoint, if it has one, under another orchestrator as well', async () => {
    const before = await open()
    const run = await before.start(stage(true))
    await before.until(() => before.stageOf(run, 'train').state === 'running')
    await before.close()
    opened.length = 0
    await kill(before, run)
    const after = await open(before.folder)
    after.training.adopt()
    expect((await after.finished(run)).state).toBe('succeeded')
    expect(story(after, 'train')).toEqual([['stage.started', 1], ['stage.interrupted', 1], ['stage.requeued', 1, 'interrupted'], ['stage.started', 2, 1], ['stage.succeeded', 2]])
    expect(readFileSync(join(after.project, 'out'), 'utf8')).toBe('7\n')
  })

  it('is interrupted for good, if it has none', async () => {
    const workplace = await open()
    const run = await workplace.start(stage(false))
    await kill(workplace, run)
    expect((await workplace.finished(run)).state).toBe('interrupted')
    expect(story(workplace, 'train')).toEqual([['stage.started', 1], ['stage.interrupted', 1]])
  })
})
