import { RequestError } from '../../shared/contract/index.ts'
import type { PipelineProblem } from '../../shared/graph/pipeline.ts'

/** All that is wrong with a pipeline or its parameters, the first of it in the message. */
export function invalidPipeline(found: readonly PipelineProblem[]): RequestError {
  const problems = found.map(({ code, message, file, line, column }) => ({ code, message, file, line, column }))
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new RequestError('invalid-pipeline', first ? `${first.file}:${first.line}:${first.column}: ${first.message}${more}` : 'The pipeline is not valid.', problems)
}
