import { z, type ZodError } from 'zod'
import {
  contract,
  KEPT_APART,
  mayDo,
  mayDoSomewhere,
  rolesWith,
  RequestError,
  type Access,
  type ErrorCode,
  type Holding,
  type InputOf,
  type Method,
  type Problem,
  type ResultOf,
} from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import { LedgerError, type LedgerErrorCode } from '../ledger/index.ts'
import { StorageError, type StorageErrorCode } from '../storage/index.ts'
import type { Log } from './log.ts'
import { subjectOfRequest, type Finder } from './targets.ts'

/** One request under way, as a service's answer sees it. */
export interface Call {
  readonly clientKey: string
  /** Who is signed in on this client. Throws `not-signed-in`. */
  actor(): Actor
  /** What they may do now. Throws `not-signed-in`. */
  holdings(): readonly Holding[]
  readonly signal: AbortSignal
  progress(share: number, text: string): void
}

export type Answer<M extends Method> = (input: InputOf<M>, call: Call) => ResultOf<M> | Promise<ResultOf<M>>
/** An answer for every request of the contract: a missing one does not compile. */
export type Answers = { readonly [M in Method]: Answer<M> }

const Body = z.object({ input: z.unknown(), progressToken: z.union([z.string(), z.number()]).optional() })

/** The data are whole; they cannot be reached or written for now. */
const WITHOUT_DAMAGE: ReadonlySet<StorageErrorCode> = new Set(['unavailable', 'database-busy'])

/** What the ledger refuses because of what was asked, not because of what it holds. */
const OF_THE_REQUEST: Partial<Record<LedgerErrorCode, ErrorCode>> = {
  'entry-too-large': 'invalid-request',
  'unknown-signer': 'not-permitted',
}

export function parseBody(body: unknown): { input: unknown; progressToken: string | number | undefined } {
  const parsed = Body.safeParse(body)
  if (!parsed.success) throw new RequestError('invalid-request', 'A request carries {input, progressToken?}.')
  return { input: parsed.data.input, progressToken: parsed.data.progressToken }
}

/**
 * The only way in: checks who asks, parses what they ask with the contract's schema, lets the service answer, and turns whatever goes
 * wrong into an error of the closed list. Authorisation happens here, never in an interface.
 */
export class Router {
  readonly #answers: () => Answers
  readonly #finder: () => Finder
  readonly #log: Log

  /** @param answers and finder: asked anew for each request, as setting up the workplace brings the services into being. */
  constructor(answers: () => Answers, finder: () => Finder, log: Log) {
    this.#answers = answers
    this.#finder = finder
    this.#log = log
  }

  async answer<M extends Method>(method: M, input: unknown, call: Call): Promise<ResultOf<M>> {
    try {
      authorise(method, call)
      if (!isText(input)) throw new RequestError('invalid-request', `${method}: a text holds half of a character (a lone surrogate). Type it again.`)
      const parsed = contract[method].params.safeParse(input)
      if (!parsed.success) throw invalidRequest(method, parsed.error)
      this.#authoriseFor(method, parsed.data, call)
      // The schema of this very method made the value: the two are tied together in the contract's type.
      return await this.#answers()[method](parsed.data as InputOf<M>, call)
    } catch (error) {
      throw this.#toRequestError(method, error, call.signal)
    }
  }

  /** Whether who asks may do this to what the params name. What they may not see is refused in the same words as what does not exist. */
  #authoriseFor(method: Method, params: unknown, call: Call): void {
    const { access, about } = contract[method]
    if (access === 'public' || access === 'session') return
    const holdings = call.holdings()
    if (mayDo(holdings, access)) return
    const subject = subjectOfRequest(about, params, this.#finder)
    if (subject === null || (subject.target !== undefined && mayDo(holdings, access, subject.target))) return
    throw new RequestError('not-permitted', `You hold no role that lets you do this to ${subject.name}, or there is no such thing. Ask an administrator.`)
  }

  #toRequestError(method: Method, error: unknown, signal: AbortSignal): RequestError {
    if (error instanceof RequestError) return error
    if (signal.aborted) return new RequestError('cancelled', 'Cancelled before it was done. What was recorded until then stands in the ledger.')
    if (error instanceof StorageError && error.code === 'disk-full') return new RequestError('disk-full', error.message)
    if (error instanceof LedgerError) {
      const refused = OF_THE_REQUEST[error.code]
      if (refused !== undefined) return new RequestError(refused, error.message)
    }
    this.#log.error(`${method} failed`, error)
    if (error instanceof StorageError && WITHOUT_DAMAGE.has(error.code)) return new RequestError('storage-unavailable', error.message)
    if (error instanceof StorageError || error instanceof LedgerError) return new RequestError('storage-damaged', error.message)
    return new RequestError('internal', `The orchestrator failed while answering ${method}. Its log says why.`)
  }
}

/** Whether who asks may do this at all: to the organisation, or to something where the request is about that. */
function authorise(method: Method, call: Call): void {
  const { access, about } = contract[method]
  if (access === 'public') return
  const holdings = call.holdings()
  if (access === 'session') return
  const may = about === 'organisation' ? mayDo(holdings, access) : mayDoSomewhere(holdings, access)
  if (!may) throw new RequestError('not-permitted', `This needs ${rolesWith(access)}${explainApart(access, holdings)}. Ask an administrator.`)
}

function explainApart(access: Access, holdings: readonly Holding[]): string {
  const isApart = (KEPT_APART as readonly Access[]).includes(access) && mayDo(holdings, 'people.manage')
  return isApart ? ', of somebody who does not administer accounts unless the policy says otherwise' : ''
}

/** Whether every string of a JSON value can be written as UTF-8, as the ledger and every file must. */
function isText(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isText(member))
}

/** Names what is wrong by its own name, as a person typed it somewhere; the whole way to it stands in the problem. */
function invalidRequest(method: Method, error: ZodError): RequestError {
  const problems: Problem[] = error.issues.map((issue) => ({
    code: 'invalid-request',
    message: `${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`,
    file: null,
    line: null,
    column: null,
  }))
  const named = error.issues.map(({ path, message }) => `${String(path.findLast((part) => typeof part === 'string') ?? method)}: ${message}`)
  return new RequestError('invalid-request', `${named.join('; ')}.`, problems)
}
