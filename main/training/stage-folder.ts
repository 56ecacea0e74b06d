import { createHash } from 'node:crypto'

const PLAIN = /^(?=.{1,80}$)[\p{L}\p{N}_@+.-]*[\p{L}\p{N}_@+-]$/u

/**
 * The name of a stage's folder below its run's: the stage's own where every file system takes it, else what of it they take and a digest
 * of the whole. 80 letters of three bytes each stay below the 255 bytes that a name may have.
 */
export function stageFolder(stage: string): string {
  if (PLAIN.test(stage)) return stage
  const digest = createHash('sha256').update(stage).digest('hex').slice(0, 16)
  return `${stage.replaceAll(/[^\p{L}\p{N}_@+-]+/gu, '-').slice(0, 60)}~${digest}`
}
