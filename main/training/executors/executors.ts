import type { ExecutorConfig } from '../../../shared/contract/index.ts'
import type { Executor } from './executor.ts'
import type { ExecutorList } from './executor-list.ts'

/** Makes the executors of a kind. */
export type ExecutorMakers = { readonly [K in ExecutorConfig['kind']]?: (config: Extract<ExecutorConfig, { kind: K }>, name: string) => Executor }

/** Every place where stages run: this machine, and those that the workplace names. One of each configuration lives as long as this does. */
export class Executors {
  readonly #local: Executor
  readonly #list: ExecutorList
  readonly #makers: ExecutorMakers
  /** By name and the entry that configured it: what was started under an earlier configuration is followed there. */
  readonly #made = new Map<string, Executor>()

  constructor(local: Executor, list: ExecutorList, makers: ExecutorMakers) {
    this.#local = local
    this.#list = list
    this.#makers = makers
  }

  /** The empty name is this machine. Throws RequestError `not-found`. */
  of(name: string): Executor {
    if (name === '') return this.#local
    const { config, entry } = this.#list.get(name)
    const key = `${name} ${entry}`
    const made = this.#made.get(key) ?? this.#make(config, name)
    this.#made.set(key, made)
    return made
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#local, ...this.#made.values()].map((executor) => executor.close()))
  }

  #make<K extends ExecutorConfig['kind']>(config: Extract<ExecutorConfig, { kind: K }>, name: string): Executor {
    const make = this.#makers[config.kind] as ((config: Extract<ExecutorConfig, { kind: K }>, name: string) => Executor) | undefined
    if (!make) throw new Error(`there is no executor of the kind ${config.kind}`)
    return make(config, name)
  }
}
