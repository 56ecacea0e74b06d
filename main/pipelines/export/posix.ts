import type { Pipeline, Stage } from '../../../shared/graph/pipeline.ts'
import { shellQuote } from '../template-text.ts'
import { evidenceLines, stageShell } from './stage-shell.ts'

/**
 * A script for any POSIX shell that runs these stages one after the other, without Strongroom: into the same files as a run here, with nothing recorded.
 * `stages`: each after those it needs.
 */
export function posixScript(pipeline: Pick<Pipeline, 'file' | 'sha256'>, stages: readonly Stage[]): string {
  return [
    '#!/bin/sh',
    `# The pipeline of ${pipeline.file} (SHA-256 ${pipeline.sha256}), as Strongroom wrote it out. Nothing is recorded.`,
    '# Usage: sh SCRIPT [PROJECT FOLDER]',
    'set -eu',
    'cd -- "${1:-.}"',
    '# Where stages report metrics while they run.',
    'STRONGROOM_METRICS=${STRONGROOM_METRICS:-/dev/null}',
    'export STRONGROOM_METRICS',
    "stage=''",
    'ended() {',
    '  status=$?',
    '  if [ "$status" -ne 0 ]; then printf \'Stage %s failed with exit status %s.\\n\' "$stage" "$status" >&2; fi',
    '}',
    'trap ended EXIT',
    ...stages.flatMap((stage) => [
      '',
      ...[...(stage.desc === null ? [] : [stage.desc]), ...evidenceLines(stage)].map(comment),
      `stage=${quoted(stage.name)}`,
      'printf \'== %s\\n\' "$stage" >&2',
      ...stageShell(stage),
    ]),
    '',
  ].join('\n')
}

/** In quotes, also where none are needed: `stage=split` looks like a command that was forgotten to be run. */
function quoted(text: string): string {
  const word = shellQuote(text)
  return word === text ? `'${text}'` : word
}

function comment(text: string): string {
  return `# ${text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')}`
}
