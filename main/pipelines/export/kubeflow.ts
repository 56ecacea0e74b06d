import { stringify } from 'yaml'
import { durationSeconds, memoryBytes, type Pipeline, type Stage } from '../../../shared/graph/pipeline.ts'
import { predecessorsOf } from '../../../shared/graph/selection.ts'
import { evidenceLines, evidenceOf, namesFor, stageShell } from './stage-shell.ts'

/** What only the cluster's side knows. */
export interface KubeflowOptions {
  /** Of the pipeline. */
  readonly name: string
  /** The container image with what the commands need, a POSIX shell among it. */
  readonly image: string
  /** The persistent volume claim that holds the project, which stages share as they share a folder here. */
  readonly claim: string
}

const MOUNT = '/project'

/**
 * The intermediate representation of Kubeflow Pipelines: a PipelineSpec of schema 2.1.0 (https://github.com/kubeflow/pipelines/blob/master/api/v2alpha1/pipeline_spec.proto,
 * by the JSON mapping of protocol buffers) and, as a second document, what Kubernetes is told (kubernetes_executor_config.proto). Caching is off: Kubeflow would compare
 * commands, not contents.
 */
export function kubeflowPipeline(pipeline: Pick<Pipeline, 'file' | 'sha256' | 'edges'>, stages: readonly Stage[], { name, image, claim }: KubeflowOptions): string {
  const ids = namesFor(stages, { allowed: /[a-z0-9-]/, length: 60 })
  const idOf = (stage: string): string => ids.get(stage) ?? stage
  const needs = predecessorsOf(pipeline)
  const [pipelineName = 'pipeline'] = namesFor([{ name }], { allowed: /[a-z0-9-]/, length: 60 }).values()
  const byStage = <T>(prefix: string, value: (stage: Stage) => T): { [id: string]: T } => Object.fromEntries(stages.map((stage) => [`${prefix}${idOf(stage.name)}`, value(stage)]))
  const spec = {
    pipelineInfo: { name: pipelineName, description: `The pipeline of ${pipeline.file} (SHA-256 ${pipeline.sha256}), as Strongroom wrote it out.` },
    schemaVersion: '2.1.0',
    sdkVersion: 'strongroom',
    components: byStage('comp-', (stage) => ({ executorLabel: `exec-${idOf(stage.name)}` })),
    deploymentSpec: { executors: byStage('exec-', (stage) => ({ container: { image, command: ['/bin/sh', '-c'], args: [kubernetesSafe(stageShell(stage))], env: [{ name: 'STRONGROOM_METRICS', value: '/dev/null' }], resources: resourcesOf(stage) } })) },
    root: {
      dag: {
        tasks: byStage('', (stage) => {
          const before = [...(needs.get(stage.name) ?? [])].filter((each) => ids.has(each)).map(idOf)
          return { taskInfo: { name: stage.name }, componentRef: { name: `comp-${idOf(stage.name)}` }, cachingOptions: {}, ...(before.length === 0 ? {} : { dependentTasks: before }) }
        }),
      },
    },
  }
  const kubernetes = {
    platforms: {
      kubernetes: {
        deploymentSpec: {
          executors: byStage('exec-', (stage) => {
            const evidence = evidenceOf(stage)
            const { time } = stage.meta.resources
            return {
              pvcMount: [{ constant: claim, mountPath: MOUNT, pvcNameParameter: { runtimeValue: { constant: claim } } }],
              podMetadata: { annotations: { 'strongroom/stage': stage.name, ...(evidence ? { 'strongroom/evidence': JSON.stringify(evidence) } : {}) } },
              ...(time === undefined ? {} : { activeDeadlineSeconds: String(durationSeconds(time)) }),
            }
          }),
        },
      },
    },
  }
  const comments = [
    `# PIPELINE DEFINITION of ${pipeline.file}, written by Strongroom; nothing is recorded in its ledger.`,
    `# The claim ${claim} must hold the project.`,
    ...stages.flatMap((stage) => evidenceLines(stage).map((line) => `# ${stage.name}: ${line}`)),
  ].map((line) => line.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '))
  return `${comments.join('\n')}\n${[spec, kubernetes].map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n')}`
}

/**
 * Kubeflow replaces `{{...}}` in arguments, and Kubernetes `$(NAME)`, which a shell reads otherwise: a script with either goes as base64, which has neither.
 */
function kubernetesSafe(lines: readonly string[]): string {
  const script = ['set -e', `cd -- ${MOUNT}`, ...lines].join('\n')
  if (!/\{\{|\$\(/.test(script)) return script
  return `printf %s ${Buffer.from(script).toString('base64')} | base64 -d > /tmp/stage.sh && exec /bin/sh /tmp/stage.sh`
}

/** Limits in cores and gigabytes, each in both forms that there are: backends before 2.4 read the numbers. */
function resourcesOf({ meta: { resources } }: Stage): object {
  const { cpus, memory, gpus = 0 } = resources
  const gigabytes = memory === undefined ? undefined : memoryBytes(memory) / 1e9
  return {
    cpuLimit: cpus,
    resourceCpuLimit: String(cpus),
    ...(gigabytes === undefined ? {} : { memoryLimit: gigabytes, resourceMemoryLimit: `${gigabytes}G` }),
    ...(gpus === 0 ? {} : { accelerator: { type: 'nvidia.com/gpu', count: String(gpus), resourceType: 'nvidia.com/gpu', resourceCount: String(gpus) } }),
  }
}
