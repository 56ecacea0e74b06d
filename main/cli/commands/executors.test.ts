import { describe, expect, it } from 'vitest'
import { executorConfig, type SetOptions } from './executors.ts'

const common = { folder: '/scratch/strongroom', staging: 'copy' } as const

describe('the options of executor set', () => {
  it.each<[SetOptions, object]>([
    [{ ...common, ssh: 'gpu1' }, { kind: 'ssh', host: 'gpu1' }],
    [{ ...common, ssh: 'gpu1.lab', user: 'ml', port: '2222' }, { kind: 'ssh', host: 'gpu1.lab', user: 'ml', port: 2222 }],
    [{ ...common, slurm: true, partition: 'long' }, { kind: 'slurm', partition: 'long' }],
    [{ ...common, slurm: true, login: 'head', user: 'ml' }, { kind: 'slurm', login: { host: 'head', user: 'ml' } }],
  ])('say what is meant: %j', (options, expected) => {
    expect(executorConfig(options)).toEqual({ ...expected, folder: common.folder, staging: { by: 'copy' } })
  })

  it('have content sent to a host, and shared with a cluster, unless they say', () => {
    expect(executorConfig({ folder: '/scratch', ssh: 'gpu1' }).staging).toEqual({ by: 'copy' })
    expect(executorConfig({ folder: '/scratch', slurm: true }).staging).toEqual({ by: 'shared' })
  })

  it.each<[SetOptions, string]>([
    [common, '--ssh HOST'],
    [{ ...common, ssh: 'gpu1', slurm: true }, '--ssh HOST'],
    [{ ...common, ssh: 'gpu1', partition: 'long' }, '--partition belongs to --slurm'],
    [{ ...common, slurm: true, user: 'ml' }, '--login'],
    [{ ...common, ssh: '-oProxyCommand=sh' }, 'The host must be one word'],
    [{ ...common, ssh: 'gpu1', port: 'ssh' }, 'The port'],
    [{ ...common, ssh: 'gpu1', folder: 'here' }, 'The folder must be an absolute path'],
  ])('are refused with what to do where they do not: %j', (options, message) => {
    expect(() => executorConfig(options)).toThrow(message)
  })
})
