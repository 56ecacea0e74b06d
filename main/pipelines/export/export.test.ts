import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { testPipeline } from '../test-pipeline.ts'
import { airflowDag } from './airflow.ts'
import { kubeflowPipeline } from './kubeflow.ts'
import { posixScript } from './posix.ts'

const out = (path: string, persist = false) => ({ path, kind: 'out' as const, cache: true, persist })
const meta = {
  resources: { cpus: 2, memory: '1.5 GB', gpus: 1, time: '5m' },
  evidence: [{ kind: 'test-report', path: "it's/out 1.txt", obligations: ['Art. 15(1)\nid', 'Annex IV(2)'] }],
  register: { model: 'm', path: "it's/out 1.txt", format: 'other' },
  gates: { staging: { approvals: 2 } },
}

/** Names and commands that a shell, Jinja, Kubernetes and Kubeflow would each read as something else. */
const pipeline = testPipeline([
  { name: 'sub/dvc.yaml:use@$(id) {{ x }}', wdir: 'sub', deps: ["it's/out 1.txt"], outs: [out('sub/-rf'), out('log', true)], cmd: ["cat \"../it's/out 1.txt\" > ./-rf; echo '{{ ds }}' \"$(echo x)\" >> ./-rf", 'echo "$(pwd | sed s,.*/,,)" >> ../log'] },
  { name: 'make', outs: [out("it's/out 1.txt")], desc: 'Makes\nit', cmd: ['printf %s "a b" > "it\'s/out 1.txt" # sh.sh'], meta },
  { name: 'last.sh', deps: ['sub/-rf'], outs: ['done'], cmd: ['test ! -e fail && touch done'] },
])
const stages = [pipeline.stages[1], pipeline.stages[0], pipeline.stages[2]].flatMap((stage) => stage ?? [])

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-export-'))
  mkdirSync(join(folder, 'sub'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the script for a POSIX shell', () => {
  const run = () => {
    writeFileSync(join(folder, 'pipeline.sh'), posixScript(pipeline, stages))
    return spawnSync('sh', [join(folder, 'pipeline.sh'), folder], { encoding: 'utf8' })
  }

  it('runs each stage after those it needs, in its folder, and makes the folders of outs', () => {
    expect(run()).toMatchObject({ status: 0, stderr: '== make\n== sub/dvc.yaml:use@$(id) {{ x }}\n== last.sh\n' })
    expect(readFileSync(join(folder, 'sub/-rf'), 'utf8')).toMatch(/^a b/)
    expect(existsSync(join(folder, 'done'))).toBe(true)
  })

  it('deletes outs before, but for those that persist', () => {
    run()
    writeFileSync(join(folder, 'sub/-rf'), 'old')
    run()
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('sub\nsub\n')
    expect(readFileSync(join(folder, 'sub/-rf'), 'utf8')).toMatch(/^a b/)
  })

  it('stops at the first stage that fails, with its exit status, and says which', () => {
    writeFileSync(join(folder, 'fail'), '')
    const { status, stderr } = run()
    expect([status, stderr.split('\n').at(-2)]).toEqual([1, 'Stage last.sh failed with exit status 1.'])
  })

  it('says what the stages are evidence of, a line each', () => {
    expect(posixScript(pipeline, stages)).toContain("\n# Makes it\n# evidence: test-report it's/out 1.txt (Art. 15(1) id; Annex IV(2))\n# registers: it's/out 1.txt as a version of the model m\n")
  })
})

/** What the DAG uses of Airflow, with its checks of names, and what it made of it as JSON. */
const AIRFLOW = `
import json, re, subprocess
tasks = []
class DAG:
    def __init__(self, dag_id, **arguments):
        assert re.fullmatch(r"[\\w.-]+", dag_id), dag_id
        self.arguments = dict(arguments, dag_id=dag_id)
    def __enter__(self): return self
    def __exit__(self, *_): return None
class BashOperator:
    template_fields = ("bash_command", "env", "cwd")
    def __init__(self, *, task_id, bash_command, cwd, env, append_env, skip_on_exit_code, retries, execution_timeout=None, doc=None, doc_json=None):
        assert re.fullmatch(r"[\\w.-]+", task_id) and len(task_id) <= 250, task_id
        self.task_id, self.command, self.cwd, self.before = task_id, bash_command, cwd, []
        self.about, self.timeout, self.skip = json.loads(doc_json), execution_timeout, skip_on_exit_code
        tasks.append(self)
    def __rrshift__(self, before): self.before += before
`

describe('the DAG for Airflow', () => {
  it.each([['3', 'sdk'], ['2', '']])('is one that Airflow %s can load, with the order and the evidence of the pipeline, and commands that run as they are', (_, sdk) => {
    const package_ = join(folder, 'airflow')
    const modules = sdk === '' ? ['operators/bash'] : ['sdk', 'providers/standard/operators/bash']
    mkdirSync(package_)
    writeFileSync(join(package_, '__init__.py'), AIRFLOW)
    for (const path of modules) {
      const parts = path.split('/')
      parts.slice(0, -1).forEach((_part, index) => {
        mkdirSync(join(package_, ...parts.slice(0, index + 1)), { recursive: true })
        writeFileSync(join(package_, ...parts.slice(0, index + 1), '__init__.py'), '')
      })
      writeFileSync(join(package_, `${path}.py`), 'from airflow import *\n')
    }
    writeFileSync(join(folder, 'dag.py'), airflowDag(pipeline, stages, 'Näme of it'))
    execFileSync('python3', ['-m', 'py_compile', join(folder, 'dag.py')])
    const read = `import json, subprocess, airflow, dag
for task in airflow.tasks: subprocess.run(["bash", "-c", task.command], cwd=task.cwd, check=True)
print(json.dumps([[t.task_id, [b.task_id for b in t.before], t.about, t.timeout and t.timeout.seconds, t.skip, list(t.template_fields)] for t in airflow.tasks]))`
    const tasks: unknown = JSON.parse(execFileSync('python3', ['-c', read], { cwd: folder, encoding: 'utf8' }))
    const { evidence, register, gates } = stages[0]?.meta ?? {}
    expect(tasks).toEqual([
      ['make', [], { stage: 'make', evidence, register, gates }, 300, null, []],
      ['sub-dvc.yaml-use-id-x', ['make'], { stage: 'sub/dvc.yaml:use@$(id) {{ x }}' }, null, null, []],
      ['last.sh', ['sub-dvc.yaml-use-id-x'], { stage: 'last.sh' }, null, null, []],
    ])
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('sub\n')
    expect(existsSync(join(folder, 'done'))).toBe(true)
  })
})

// The JSON mapping of what is used of pipeline_spec.proto and kubernetes_executor_config.proto; unknown members are refused there too.
const Name = z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/).max(70)
const Resources = z.strictObject({ cpuLimit: z.number(), resourceCpuLimit: z.string(), memoryLimit: z.number().optional(), resourceMemoryLimit: z.string().optional(), accelerator: z.strictObject({ type: z.string(), count: z.string(), resourceType: z.string(), resourceCount: z.string() }).optional() })
const Container = z.strictObject({ image: z.string(), command: z.array(z.string()), args: z.array(z.string()), env: z.array(z.strictObject({ name: z.string(), value: z.string() })), resources: Resources })
const Task = z.strictObject({ taskInfo: z.strictObject({ name: z.string() }), componentRef: z.strictObject({ name: Name }), cachingOptions: z.strictObject({}), dependentTasks: z.array(Name).optional() })
const PipelineSpec = z.strictObject({
  pipelineInfo: z.strictObject({ name: Name, description: z.string().max(1_024) }),
  schemaVersion: z.literal('2.1.0'),
  sdkVersion: z.string(),
  components: z.record(Name, z.strictObject({ executorLabel: Name })),
  deploymentSpec: z.strictObject({ executors: z.record(Name, z.strictObject({ container: Container })) }),
  root: z.strictObject({ dag: z.strictObject({ tasks: z.record(Name, Task) }) }),
})
const Claim = z.strictObject({ constant: z.string(), mountPath: z.string(), pvcNameParameter: z.strictObject({ runtimeValue: z.strictObject({ constant: z.string() }) }) })
const Kubernetes = z.strictObject({ pvcMount: z.array(Claim), podMetadata: z.strictObject({ annotations: z.record(z.string(), z.string()) }), activeDeadlineSeconds: z.string().regex(/^\d+$/).optional() })
const PlatformSpec = z.strictObject({ platforms: z.strictObject({ kubernetes: z.strictObject({ deploymentSpec: z.strictObject({ executors: z.record(Name, Kubernetes) }) }) }) })

describe('the pipeline for Kubeflow', () => {
  const text = kubeflowPipeline(pipeline, stages, { name: 'Näme of it', image: 'registry.local/train:1', claim: 'data' })
  const documents = parseAllDocuments(text).map((document) => document.toJS() as unknown)
  const spec = PipelineSpec.parse(documents[0])
  const { executors } = PlatformSpec.parse(documents[1]).platforms.kubernetes.deploymentSpec

  it('has a task a stage with its order, a container and the resources that it asks for', () => {
    expect(Object.entries(spec.root.dag.tasks).map(([name, { dependentTasks = [], taskInfo }]) => [name, taskInfo.name, dependentTasks])).toEqual([
      ['make', 'make', []], ['sub-dvc-yaml-use-id-x', 'sub/dvc.yaml:use@$(id) {{ x }}', ['make']], ['last-sh', 'last.sh', ['sub-dvc-yaml-use-id-x']],
    ])
    expect(spec.deploymentSpec.executors['exec-make']?.container.resources).toEqual({
      cpuLimit: 2, resourceCpuLimit: '2', memoryLimit: 1.5, resourceMemoryLimit: '1.5G', accelerator: { type: 'nvidia.com/gpu', count: '1', resourceType: 'nvidia.com/gpu', resourceCount: '1' },
    })
    for (const task of Object.values(spec.root.dag.tasks)) expect(spec.components[task.componentRef.name]?.executorLabel.replace('exec-', 'comp-')).toBe(task.componentRef.name)
  })

  it('has commands in which neither Kubeflow nor Kubernetes replaces anything, and that a shell runs', () => {
    for (const { container: { args, command } } of Object.values(spec.deploymentSpec.executors)) {
      expect(args.join()).not.toMatch(/\{\{|\$\(/)
      const script = args.join().replaceAll('/project', folder).replace(/printf %s (\S+) \| base64 -d/, (_, encoded: string) => `printf %s ${Buffer.from(Buffer.from(encoded, 'base64').toString().replaceAll('/project', folder)).toString('base64')} | base64 -d`).replaceAll('/tmp/stage.sh', join(folder, 'stage.sh'))
      execFileSync(command[0] ?? '', [...command.slice(1), script])
    }
    expect(existsSync(join(folder, 'done'))).toBe(true)
  })

  it('carries evidence, gates and time limits to the pods, and mounts the project', () => {
    const make = executors['exec-make']
    expect(JSON.parse(make?.podMetadata.annotations['strongroom/evidence'] ?? '')).toMatchObject({ evidence: [{ kind: 'test-report' }], register: { model: 'm' }, gates: { staging: { approvals: 2 } } })
    expect(make?.activeDeadlineSeconds).toBe('300')
    expect(Object.values(executors).map(({ pvcMount: [mount] }) => [mount?.constant, mount?.mountPath])).toEqual(Array(3).fill(['data', '/project']))
    expect(text).toContain("# make: evidence: test-report it's/out 1.txt (Art. 15(1) id; Annex IV(2))\n")
  })
})
