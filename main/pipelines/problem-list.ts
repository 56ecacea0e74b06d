import type { PipelineProblem } from '../../shared/graph/pipeline.ts'

/** A place in a file, both from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export const FILE_START: Place = { line: 1, column: 1 }

/** Beyond this a file is not mistaken but hostile or foreign; the first hundred say enough. */
const MOST_PROBLEMS = 100

/** Collects what is wrong with one file, so that a reader goes on after the first mistake and reports all at once. */
export class ProblemList {
  readonly file: string
  private readonly found: PipelineProblem[] = []

  constructor(file: string) {
    this.file = file
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

  /** In the order of the file; at most a hundred. What is wrong in a template is said once, whatever the number of stages that it makes. */
  sorted(): PipelineProblem[] {
    const once = new Map(this.found.map((problem) => [`${problem.line}:${problem.column}:${problem.message}`, problem]))
    return [...once.values()].toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, MOST_PROBLEMS)
  }
}

/** A value, or all that was wrong on the way to it. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly PipelineProblem[] }
