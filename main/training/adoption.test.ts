import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { RunId } from '../../shared/contract/index.ts'
import { verifyLedger } from '../ledger/index.ts'
import { AttemptState, attemptFolder, readJson } from './runner/attempt-folder.ts'
import { platform } from './runner/platform/index.ts'
import { newTestFolder, openTestWorkplace } from './test-workplace.ts'

async function becomes(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('an orchestrator that is killed', () => {
  it('leaves its runs going; the next one adopts them, and nothing runs twice', async () => {
    const folder = newTestFolder()
    const child = spawn(process.execPath, [join(import.meta.dirname, 'adoption-fixture.ts'), folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const run = RunId.parse(Number(line.split(' ')[1]))
    await becomes(() => ['quick', 'meanwhile', 'slow', 'lost'].every((stage) => existsSync(join(folder, `${stage}.count`))))
    child.kill('SIGKILL')
    await once(child, 'exit')

    const attempt = (stage: string) => attemptFolder(join(folder, 'runs', String(run), stage, '1'))
    writeFileSync(join(folder, 'go-meanwhile'), '')
    await becomes(() => existsSync(attempt('meanwhile').result))
    const lost = readJson(attempt('lost').state, AttemptState)
    if (lost) process.kill(lost.runnerPid, 'SIGKILL')

    const workplace = await openTestWorkplace(folder)
    expect(lost).not.toBeNull()
    expect(workplace.training.adopt()).toBe(1)
    writeFileSync(join(folder, 'go-slow'), '')
    const detail = await workplace.finished(run)

    expect(detail.stages.map(({ stage, state }) => [stage, state])).toEqual([
      ['quick', 'succeeded'], ['meanwhile', 'succeeded'], ['slow', 'succeeded'], ['lost', 'interrupted'], ['after', 'succeeded'],
    ])
    expect(detail.state).toBe('interrupted')
    for (const stage of ['quick', 'meanwhile', 'slow', 'lost', 'after']) expect(readFileSync(join(folder, `${stage}.count`), 'utf8')).toBe('once\n')
    expect(lost?.child && platform.startTime(lost.child.pid)).toBeNull()
    const adopted = workplace.facts().find((fact) => fact.action === 'run.adopted')
    expect(adopted?.detail).toEqual({ run, attempts: [{ stage: 'slow', attempt: 1 }] })
    const starts = workplace.facts().filter((fact) => fact.action === 'stage.started').map((fact) => fact.detail['stage'])
    expect([...starts].sort()).toEqual(['after', 'lost', 'meanwhile', 'quick', 'slow'])
    expect(await verifyLedger(workplace.db.name)).toMatchObject({ ok: true })
    expect(workplace.faults).toEqual([])
    await workplace.close()
    rmSync(folder, { recursive: true, force: true })
  })
})

/** A run whose one stage goes on, in a workplace that has been closed since. */
async function leaveRunning(): Promise<{ folder: string; run: RunId }> {
  const folder = newTestFolder()
  const first = await openTestWorkplace(folder)
  const run = await first.start({ s: { cmd: 'while true; do sleep 0.05; done' } })
  await first.until(() => first.events.some((event) => event.type === 'terminal.grew'))
  await first.close()
  return { folder, run }
}

describe('a graceful stop', () => {
  it('does not touch what runs, and the next orchestrator can still cancel it', async () => {
    const { folder, run } = await leaveRunning()
    const second = await openTestWorkplace(folder)
    expect(second.training.adopt()).toBe(1)
    await second.training.cancel(second.actor, run)
    expect((await second.finished(run)).state).toBe('cancelled')
    await second.close()
    rmSync(folder, { recursive: true, force: true })
  })
})

describe('a run that was being cancelled when its orchestrator ended', () => {
  it('is cancelled by the next one', async () => {
    const { folder, run } = await leaveRunning()
    const second = await openTestWorkplace(folder)
    // As the last one left it: recorded, and nobody told the runner yet.
    second.db.prepare('UPDATE runs SET cancelling = 1 WHERE id = ?').run(run)
    expect(second.training.adopt()).toBe(1)
    expect((await second.finished(run)).state).toBe('cancelled')
    await second.close()
    rmSync(folder, { recursive: true, force: true })
  })
})

describe('an attempt whose runner never began', () => {
  it('is recorded as interrupted, with the reason', async () => {
    const workplace = await openTestWorkplace(newTestFolder(), { nodePath: '/nowhere/node' })
    const run = await workplace.start({ s: { cmd: 'true' } })
    expect((await workplace.finished(run)).state).toBe('interrupted')
    expect(workplace.stageOf(run, 's').reason).toBe('The stage was interrupted. It was never started.')
    expect(workplace.faults.map(String)).toEqual([expect.stringContaining('ENOENT')])
    await workplace.close()
    rmSync(workplace.folder, { recursive: true, force: true })
  })
})
