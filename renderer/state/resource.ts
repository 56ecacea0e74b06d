import { useEffect } from 'react'
import { create, type StoreApi, type UseBoundStore } from 'zustand'
import { toRequestError, type OrchestratorEvent, type RequestError } from '../../shared/contract/index.ts'
import { useApi, type Api } from './api.ts'

/** What is known of something that the orchestrator holds. Stale values stay in place while they are read again. */
export type Loaded<T> =
  | { readonly status: 'loading'; readonly value: undefined; readonly error: undefined }
  | { readonly status: 'ready'; readonly value: T; readonly error: undefined }
  | { readonly status: 'failed'; readonly value: T | undefined; readonly error: RequestError }

interface Entry<T> {
  readonly loaded: Loaded<T>
  /** Counts readings, so that a slow answer never overwrites a newer one. */
  readonly reading: number
}

interface ResourceState<T> {
  readonly entries: Readonly<Record<string, Entry<T>>>
}

export interface Resource<K, T> {
  /** Subscribes a component: reads at first use, again whenever an event says that it changed, again when a lost connection is back. */
  use(key: K): Loaded<T> & { readonly reload: () => void }
  /** Puts a value in place that an answer brought along, so that the view does not wait for the event. */
  set(key: K, value: T): void
  /** Forgets everything: another person signs in. */
  clear(): void
  readonly store: UseBoundStore<StoreApi<ResourceState<T>>>
}

const LOADING: Loaded<never> = { status: 'loading', value: undefined, error: undefined }
const everyResource = new Set<() => void>()

/** Has something else forgotten together with the resources: another person signs in. */
export function forgetWithResources(forget: () => void): void {
  everyResource.add(forget)
}

/** Forgets what every resource holds. */
export function clearResources(): void {
  for (const clear of everyResource) clear()
}

/**
 * A store of one kind of thing, by key. `read` asks the orchestrator, `isAffected` says whether an event changes the thing with that key.
 * Defined once per kind, at module level, by the feature that owns it.
 */
export function defineResource<K, T>(read: (api: Api, key: K) => Promise<T>, isAffected: (event: OrchestratorEvent, key: K) => boolean): Resource<K, T> {
  const store = create<ResourceState<T>>(() => ({ entries: {} }))
  const entryOf = (name: string) => store.getState().entries[name]
  const put = (name: string, entry: Entry<T>) => store.setState(({ entries }) => ({ entries: { ...entries, [name]: entry } }))

  async function load(api: Api, key: K): Promise<void> {
    const name = JSON.stringify(key)
    const before = entryOf(name)
    const reading = (before?.reading ?? 0) + 1
    put(name, { loaded: before?.loaded ?? LOADING, reading })
    try {
      const value = await read(api, key)
      if (entryOf(name)?.reading === reading) put(name, { loaded: { status: 'ready', value, error: undefined }, reading })
    } catch (error) {
      if (entryOf(name)?.reading !== reading) return
      put(name, { loaded: { status: 'failed', value: entryOf(name)?.loaded.value, error: toRequestError(error) }, reading })
    }
  }

  everyResource.add(() => store.setState({ entries: {} }))

  return {
    store,
    use(key) {
      const api = useApi()
      const name = JSON.stringify(key)
      const loaded = store(({ entries }) => entries[name]?.loaded) ?? LOADING
      useEffect(() => {
        const parsed = JSON.parse(name) as K
        void load(api, parsed)
        const stopEvents = api.onEvent((event) => {
          if (isAffected(event, parsed)) void load(api, parsed)
        })
        const stopState = api.onState((state) => {
          if (state === 'open') void load(api, parsed)
        })
        return () => {
          stopEvents()
          stopState()
        }
      }, [api, name])
      return { ...loaded, reload: () => void load(api, key) }
    },
    set(key, value) {
      const name = JSON.stringify(key)
      put(name, { loaded: { status: 'ready', value, error: undefined }, reading: (entryOf(name)?.reading ?? 0) + 1 })
    },
    clear: () => store.setState({ entries: {} }),
  }
}
