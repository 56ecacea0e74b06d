import type { RunState, StageState } from '../contract/index.ts'

const count = new Intl.NumberFormat('en-GB')

/** The words of the states, for every view that shows them. */
export const stateWords: Record<RunState | StageState, string> = {
  queued: 'queued',
  waiting: 'waiting',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  interrupted: 'interrupted',
  skipped: 'skipped',
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** The same where a word stands alone: in a table, beside a shape. */
export const stateNames = Object.fromEntries(Object.entries(stateWords).map(([state, word]) => [state, capital(word)])) as typeof stateWords

export const terminalMessages = {
  terminalInput: 'Terminal, read only',
  tooMuchOutput: 'More output than can be read out. Move through the lines by the arrow keys.',
  output: (stage: string) => `Terminal of ${stage}`,
  omission: (bytes: number) => `--- ${count.format(Math.round(bytes / 1000))} KB left out here. Save the recording to read all of it. ---`,
  omitted: (bytes: number) => `${count.format(Math.round(bytes / 1000))} KB of output are not shown here. Save the recording to read all of it.`,
  toEnd: 'To the end',
  readFailed: (message: string) => `The recording could not be read. ${message}`,
  tryAgain: 'Try again',
  find: 'Find',
  findLabel: 'Find in the terminal',
  found: (index: number, total: number, isCut: boolean) =>
    total === 0 ? 'Not found' : `${count.format(index)} of ${isCut ? 'the last ' : ''}${count.format(total)}`,
  previousMatch: 'Previous place',
  nextMatch: 'Next place',
  closeFind: 'Close the search',
  copy: 'Copy the selection, or all',
  copied: 'Copied',
  notCopied: 'The text could not be copied. Select it and press Ctrl C.',
  save: 'Save the recording as text',
  fileName: (run: number, stage: string, attempt: number) => `run-${run}-${stage}-${attempt}.txt`,
}

export const runMessages = {
  title: 'Runs',
  run: (id: number) => `Run ${id}`,
  runPipeline: 'Run pipeline',
  runAgain: 'Run again',
  startFailed: 'The run was not started.',

  list: {
    label: 'Runs of this project',
    filter: 'State, number or person',
    loading: 'Loading runs',
    state: 'State',
    number: 'Run',
    started: 'Started',
    duration: 'Duration',
    by: 'By',
    stages: 'Stages',
    done: (done: number, total: number) => `${done} of ${total}`,
    shown: (shown: number, total: number) => (shown === total ? '' : `${count.format(shown)} of `) + (total === 1 ? '1 run' : `${count.format(total)} runs`),
    emptyTitle: 'No runs yet.',
    empty: 'Run the pipeline to see terminal, metrics and results here.',
    noMatch: 'No run matches the filter.',
    showAll: 'Show all runs',
    failedTitle: 'The runs could not be read.',
  },

  page: {
    loading: 'Loading the run',
    failedTitle: (id: number) => `Run ${id} could not be read.`,
    noRun: (id: number) => `There is no run ${id}.`,
    allRuns: 'All runs',
    stale: 'This may be out of date.',
    progress: (state: RunState, done: number, total: number) => (state === 'running' ? `Running, ${done} of ${total} done` : stateNames[state]),
    started: (time: string, by: string) => `started ${time} by ${by}`,
    elapsed: 'Elapsed',
    took: 'Took',
    stages: 'Stages',
    entry: 'Entry',
    code: 'Code',
    codeUnknown: { 'no repository': 'no repository', 'no commit yet': 'no commit yet', 'ignored by the repository around it': 'ignored by git' } as Readonly<Record<string, string>>,
    codeNotKnown: 'not known',
    codeFailed: 'The version of the code is not known',
    changesFailed: 'Whether the code was changed since its commit is not known',
    codeFailedText: (reason: string) => `The ledger records why: ${reason}. Evidence packs of this run miss what is not known: mend it, and run again.`,
    dirty: { yes: 'changed since', no: '', unknown: 'changes unknown' },
    stop: 'Stop run',
    announce: (id: number, state: RunState) => `Run ${id}: ${stateWords[state]}`,
  },

  stopDialog: {
    title: (id: number) => `Stop run ${id}?`,
    body: (running: readonly string[]) =>
      running.length === 0
        ? 'The stages that wait are not started.'
        : `${running.join(', ')} ${running.length === 1 ? 'is' : 'are'} asked to end and killed after a while; the stages that wait are not started.`,
    kept: 'What was recorded so far stays. A stopped run cannot be resumed; a new run starts from the beginning. Your request is signed and stands in the ledger.',
    other: (by: string) => `This run was started by ${by}.`,
    typed: (phrase: string) => `Type ${phrase} to stop it`,
    confirm: 'Stop run',
    cancel: 'Let it run',
    failed: 'The run was not stopped.',
  },

  strip: {
    label: 'Stages of this run',
  },

  terminal: {
    title: 'Terminal',
    attempt: (stage: string, attempt: number) => `${stage}, attempt ${attempt}`,
    cached: (stage: string, run: number) => `${stage}, not run again: this is run ${run}`,
    live: 'Live',
    ended: (code: number | null) => (code === null ? 'Ended' : `Ended with exit code ${code}`),
    waitingTitle: (stage: string) => `${stage} has not started.`,
    waiting: 'Its terminal appears here when it does.',
    skippedTitle: (stage: string) => `${stage} was not run.`,
    skipped: 'There is no terminal to show.',
  },

  metrics: {
    title: 'Metrics',
    stage: 'This stage',
    run: 'All stages',
    scope: 'Whose metrics',
    loading: 'Loading metrics',
    empty: 'A stage that appends lines of name, step and value to the file named by STRONGROOM_METRICS draws them here as it runs.',
    emptyStage: (stage: string) => `${stage} has reported none. Other stages of this run have.`,
    failed: (message: string) => `Newer values could not be read. ${message}`,
    of: (name: string, stage: string) => `${name}, ${stage}`,
    summary: (name: string, points: number, from: string, to: string, low: string, high: string) =>
      `${name}: ${count.format(points)} ${points === 1 ? 'value' : 'values'}, first ${from}, last ${to}, lowest ${low}, highest ${high}. Read single values by the arrow keys.`,
    point: (step: number, value: string) => `step ${count.format(step)}: ${value}`,
    look: 'As',
    charts: 'Charts',
    records: 'Records',
    columns: { record: 'Record', stage: 'Stage', name: 'Name', step: 'Step', value: 'Value', time: 'Time', proof: 'Proof' },
    saveProof: (record: number) => `Save the proof of record ${count.format(record)}`,
    proofText: 'Each record can be proved by itself, without the others and without the ledger. Enter, or the button in its row, saves the proof.',
    proofFile: (run: number, stage: string, attempt: number, record: number) => `run-${run}-${stage}-${attempt}-record-${record}.txt`,
    proved: (record: number, sealed: string) => `Saved the proof of record ${count.format(record)}, one of ${sealed} that this entry seals:`,
    check: 'Whoever has it and the log key checks it: strongroom ledger verify-record FILE --key KEY.',
  },

  stages: {
    title: 'Stages',
    label: 'Stages and their state',
    from: (run: number) => `From run ${run}`,
    stage: 'Stage',
    state: 'State',
    time: 'Time',
    attempt: 'Attempt',
    entry: 'Entry',
  },

  resources: {
    title: 'Resources',
    recent: (duration: string) => `last ${duration}`,
    loading: 'Loading samples',
    cpu: 'CPU',
    cpuOf: '100 % is one core',
    memory: 'Memory',
    memoryOf: 'resident, all processes',
    cpuCourse: (now: string, peak: string) => `CPU now ${now}, highest ${peak}`,
    memoryCourse: (now: string, peak: string) => `Memory now ${now}, highest ${peak}`,
    peak: (value: string) => `peak ${value}`,
    empty: 'Samples appear a second after the stage starts.',
    notRun: 'No samples: the stage was not run.',
    none: 'No samples: the stage ended before the first was taken.',
    failed: (message: string) => `The samples could not be read. ${message}`,
  },

  facts: {
    label: 'What is recorded of this run',
    results: 'Results',
    parameters: 'Parameters',
    inputs: 'Inputs',
    environment: 'Environment',
    metrics: 'Final metrics',
    outputs: 'Outputs',
    metric: 'Metric',
    value: 'Value',
    file: 'File',
    size: 'Size',
    hash: 'SHA-256',
    copyValue: (value: string) => `Copy ${value}`,
    copied: 'Copied',
    recordedIn: 'Recorded in entry',
    noResults: (stage: string, state: StageState) =>
      state === 'waiting' || state === 'running' ? `The results of ${stage} are recorded when it has succeeded.` : `${stage} ${stateWords[state]}: no results were recorded.`,
    nothing: (stage: string) => `${stage} declares no outputs and no metrics.`,
    noParameters: 'The pipeline reads no parameters.',
    noInputs: 'The pipeline reads no files that no stage produces.',
    noEnvironment: 'The environment is recorded when the stage has ended.',
    parameter: 'Name',
    snapshot: 'Snapshot',
    entry: 'Entry',
    code: 'Code',
    commit: 'Commit',
    changes: 'Changes',
    noChanges: 'none',
    unknownChanges: 'not known',
    pipeline: 'dvc.yaml',
  },
}
