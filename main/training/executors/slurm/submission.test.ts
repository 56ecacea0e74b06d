import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { AttemptSpec } from '../../runner/attempt-folder.ts'
import { arrayKey, batchScript, jobName, sbatchArguments, unsupported, type Submitted } from './submission.ts'

const spec = (more: Partial<AttemptSpec> = {}): AttemptSpec => ({
  version: 1, run: 7, stage: 'train', attempt: 2, cmd: ['true'], project: '/p', wdir: '.', env: {}, binFolder: null, node: null, outs: [], evidence: [], produced: [],
  timeLimitMs: null, graceMs: 10_000, recordingCapBytes: 1, ...more,
})
const config = { kind: 'slurm', folder: '/shared', staging: { by: 'shared' } } as const
const task = (index: number | null, more: Partial<AttemptSpec> = {}): Submitted => ({ folder: `/shared/it's 100%/${index}`, spec: spec(more), index })

describe('a job', () => {
  it('asks for what its stage asks for, and for what its executor says', () => {
    const resources = { cpus: 4, memory: '1.5 GiB', gpus: 2, gpu_model: 'RTX A5000', time: '90s' }
    expect(sbatchArguments({ ...config, partition: 'gpu', account: 'risk', qos: 'high', constraint: 'nvme' }, 'name', [task(null, { resources, timeLimitMs: 90_000 })])).toEqual([
      '--parsable', '--no-requeue', '--nodes=1', '--ntasks=1', '--job-name=name', `--output=/shared/it's 100%%/null/slurm.log`, '--open-mode=append', `--chdir=/shared/it's 100%/null`,
      '--cpus-per-task=4', '--mem=1572864K', '--gres=gpu:rtx_a5000:2', '--time=4', '--signal=B:TERM@25', '--partition=gpu', '--account=risk', '--qos=high', '--constraint=nvme',
    ])
    expect(sbatchArguments(config, 'name', [task(0), task(3)]).slice(-1)).toEqual(['--array=0,3'])
    expect(unsupported({ cpus: 1, gpus: 1, gpu_memory: '40 GB' })).toContain('gpu_memory')
  })

  it('has a name of its own, of letters that Slurm takes as they are', () => {
    expect(jobName(spec({ stage: 'sub/dvc.yaml:tune@a b,c' }), 'f00d')).toBe('sub_dvc.yaml_tune_a_b_c-7.2-f00d')
  })

  it('is a task of an array with others of its matrix that ask for the same', () => {
    const keys = [spec({ stage: 'tune@a' }), spec({ stage: 'tune@b-d0', attempt: 1 }), spec({ stage: 'tune@c', resources: { cpus: 2 } }), spec({ stage: 'tune@d', run: 8 }), spec({ stage: 'tune' })].map(arrayKey)
    expect(keys[1]).toBe(keys[0])
    expect(new Set(keys).size).toBe(4)
    expect(keys[4]).toBeNull()
  })

  it('is a script that a shell reads, which finds its folder by its task', () => {
    const script = batchScript({ node: `/it's/node`, runner: '/runner.js' }, [task(0), task(3)])
    execFileSync('sh', ['-n'], { input: script })
    expect(script).toContain(`  3) folder='/shared/it'\\''s 100%/3' ;;`)
    expect(script).toContain('export CUDA_VISIBLE_DEVICES= ROCR_VISIBLE_DEVICES=')
    expect(batchScript({ node: '/n', runner: '/r' }, [task(null, { resources: { cpus: 1, gpus: 1 } })])).not.toContain('CUDA_VISIBLE_DEVICES')
  })
})
