import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { TestWorkplace } from '../workplace.ts'

const orchestrator = join(import.meta.dirname, '..', '..', 'build', 'main', 'orchestrator.js')

/**
 * A network namespace of its own, in which not even the loopback interface is up, and a tracer that writes down each socket that the command, or
 * any process of it, asks for: a file for each process.
 */
const cutOff = (traces: string) => ['unshare', '--map-root-user', '--net', 'strace', '-f', '-ff', '--seccomp-bpf', '-qq', '-e', 'trace=socket', '-o', join(traces, 'process')]

/** Address families that were asked for, by how often. */
function families(traces: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const file of readdirSync(traces)) {
    for (const [, family = ''] of readFileSync(join(traces, file), 'utf8').matchAll(/^socket\((\w+)/gm)) counts[family] = (counts[family] ?? 0) + 1
  }
  return counts
}

const workplace = new TestWorkplace({
  under: (folder) => {
    mkdirSync(join(folder, 'traces'))
    return cutOff(join(folder, 'traces'))
  },
})
const traces = join(workplace.folder, 'traces')

beforeAll(async () => {
  // Not left to the first command to start: a tracer ends with the last process that it follows.
  const [command = '', ...words] = [...cutOff(traces), process.execPath, orchestrator, '--data', workplace.data]
  spawn(command, words, { stdio: 'ignore' })
  await vi.waitFor(() => expect(existsSync(join(workplace.data, 'orchestrator.sock'))).toBe(true), { timeout: 20_000 })
})
afterAll(() => workplace.close())

describe('a machine whose network is cut', () => {
  it('is seen to be cut, and whoever asks for it is seen to ask', () => {
    const control = join(workplace.folder, 'control')
    mkdirSync(control)
    const [command = '', ...words] = [...cutOff(control), process.execPath, '-e', "require('node:net').connect(9, '127.0.0.1').on('error', (error) => console.log(error.code))"]
    expect(execFileSync(command, words, { encoding: 'utf8' }).trim()).toBe('ENETUNREACH')
    expect(families(control)).toHaveProperty('AF_INET')
  })

  it('does the main job all the same, and no process of it asks for the network', async () => {
    await workplace.setUp()
    await workplace.strongroom(['sample', 'add', 'credit-risk'], { as: 'erin' })
    await workplace.strongroom(['run', 'start', '--project', 'credit-risk', '--follow'], { as: 'erin' })
    await workplace.strongroom(['model', 'request', 'credit-risk', 'staging'], { as: 'erin' })
    await workplace.strongroom(['model', 'approve', 'credit-risk'], { as: 'paul' })
    const { id } = await workplace.json<{ id: string }>(['evidence', 'export', 'credit-risk'], { as: 'paul' })
    expect(await workplace.strongroom(['evidence', 'verify', id], { as: 'ada' })).toContain('The pack is as it was signed.')
    await workplace.strongroom(['stop'], { as: 'admin' })
    const { AF_UNIX: local, ...others } = families(traces)
    expect(local).toBeGreaterThan(20)
    expect(others).toEqual({})
  })
})
