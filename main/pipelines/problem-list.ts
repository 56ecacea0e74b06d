import type { PipelineProblem } from '../../shared/graph/pipeline.ts'

/** A place in a file, both from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export const FILE_START: Place = { line: 1, column: 1 }

/** Beyond this a file is not mistaken but hostile or foreign; the first hundred say enough. */
const MOST_PROBLEMS = 100

/** Collects what is wrong with a file and with those that it leads to, so that a reader goes on after the first mistake and reports all at once. */
export class ProblemList {
  readonly file: string
  private readonly found: PipelineProblem[]

  constructor(file: string, found: PipelineProblem[] = []) {
    this.file = file
    this.found = found
  }

  /** The same list, for what stands in another file. */
  within(file: string): ProblemList {
    return file === this.file ? this : new ProblemList(file, this.found)
  }

  /** Takes what was found wrong otherwise. */
  take(problems: readonly PipelineProblem[]): void {
    this.found.push(...problems)
  }

  /** `message`: what is wrong, with what, and what to do. It stands beside `file:line:column`, so it repeats neither. */
  add(code: PipelineProblem['code'], at: Place, message: string, stage?: string): void {
    this.found.push({ code, message, file: this.file, line: at.line, column: at.column, ...(stage === undefined ? {} : { stage }) })
  }

  /** Whether any problem is of one of these kinds. */
  has(...codes: readonly PipelineProblem['code'][]): boolean {
    return this.found.some((problem) => codes.includes(problem.code))
  }

  get empty(): boolean {
    return this.found.length === 0
  }

  /** In the order of the file, other files behind it; at most a hundred. What is wrong in a template is said once, whatever the number of stages that it makes. */
  sorted(): PipelineProblem[] {
    const once = new Map(this.found.map((problem) => [`${problem.file}:${problem.line}:${problem.column}:${problem.message}`, problem]))
    const order = ({ file }: PipelineProblem): string => (file === this.file ? '' : file)
    return [...once.values()].toSorted((a, b) => (order(a) === order(b) ? a.line - b.line || a.column - b.column : order(a) < order(b) ? -1 : 1)).slice(0, MOST_PROBLEMS)
  }
}

/** A value, or all that was wrong on the way to it. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly PipelineProblem[] }
