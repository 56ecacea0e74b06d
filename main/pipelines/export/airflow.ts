import { durationSeconds, type Pipeline, type Stage } from '../../../shared/graph/pipeline.ts'
import { predecessorsOf } from '../../../shared/graph/selection.ts'
import { evidenceLines, evidenceOf, namesFor, stageShell } from './stage-shell.ts'

/**
 * A DAG for Airflow 2 and 3, a task a stage. The BashOperator takes its command for a Jinja template, reads a file where the command ends in `.sh`, and takes exit status 99
 * for "skipped" (https://airflow.apache.org/docs/apache-airflow-providers-standard/stable/operators/bash.html): a subclass turns these off, as commands run here as they are.
 */
export function airflowDag(pipeline: Pick<Pipeline, 'file' | 'sha256' | 'edges'>, stages: readonly Stage[], name: string): string {
  const ids = namesFor(stages, { allowed: /[a-z0-9_.-]/, length: 250 })
  const variables = new Map(stages.map(({ name: stage }, index) => [stage, `stage_${index}`]))
  const needs = predecessorsOf(pipeline)
  const [dagId = 'pipeline'] = namesFor([{ name }], { allowed: /[a-z0-9_.-]/, length: 250 }).values()
  const doc = [`The pipeline of ${pipeline.file} (SHA-256 ${pipeline.sha256}), as Strongroom wrote it out. Nothing is recorded in its ledger.`, ...stages.flatMap((stage) => evidenceLines(stage).map((line) => `- ${stage.name}: ${line}`))]
  const tasks = stages.flatMap((stage) => [
    `    ${variables.get(stage.name) ?? ''} = Stage(`,
    `        task_id=${python(ids.get(stage.name) ?? '')},`,
    `        bash_command=${python(['set -e', ...stageShell(stage), ''].join('\n'))},`,
    ...(stage.meta.resources.time === undefined ? [] : [`        execution_timeout=timedelta(seconds=${durationSeconds(stage.meta.resources.time)}),`]),
    ...(stage.desc === null ? [] : [`        doc=${python(stage.desc)},`]),
    `        doc_json=${python(JSON.stringify({ stage: stage.name, ...evidenceOf(stage) }))},`,
    '    )',
  ])
  const order = stages.flatMap((stage) => {
    const before = [...(needs.get(stage.name) ?? [])].flatMap((each) => variables.get(each) ?? [])
    return before.length === 0 ? [] : [`    [${before.join(', ')}] >> ${variables.get(stage.name) ?? ''}`]
  })
  return [
    '# Written by Strongroom.',
    'from __future__ import annotations',
    '',
    'import os',
    'from datetime import datetime, timedelta',
    '',
    'try:  # Airflow 3',
    '    from airflow.providers.standard.operators.bash import BashOperator',
    '    from airflow.sdk import DAG',
    'except ImportError:  # Airflow 2',
    '    from airflow import DAG',
    '    from airflow.operators.bash import BashOperator',
    '',
    '# Every worker must find the project in the same folder.',
    'PROJECT = os.environ.get("STRONGROOM_PROJECT") or os.path.dirname(os.path.abspath(__file__))',
    '',
    '',
    'class Stage(BashOperator):',
    '    """A command as it is: no template, no file by its name, no exit status that means skipped."""',
    '',
    '    template_fields = ()',
    '    template_ext = ()',
    '',
    '    def __init__(self, **arguments):',
    '        super().__init__(',
    '            cwd=PROJECT,',
    '            env={"STRONGROOM_METRICS": "/dev/null"},',
    '            append_env=True,',
    '            skip_on_exit_code=None,',
    '            retries=0,',
    '            **arguments,',
    '        )',
    '',
    '',
    'with DAG(',
    `    dag_id=${python(dagId)},`,
    `    description=${python(`The pipeline of ${pipeline.file}`)},`,
    `    doc_md=${python(doc.join('\n'))},`,
    '    schedule=None,',
    '    start_date=datetime(2024, 1, 1),',
    '    catchup=False,',
    '    max_active_runs=1,',
    '    tags=["strongroom"],',
    ') as dag:',
    ...(tasks.length === 0 ? ['    pass'] : tasks),
    ...order,
    '',
  ].join('\n')
}

/** Every escape that JSON has means the same in Python. */
function python(text: string): string {
  return JSON.stringify(text)
}
