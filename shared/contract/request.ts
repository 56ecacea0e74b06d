import type { z } from 'zod'
import type { ProjectId, RunId } from './ids.ts'
import type { Permission } from './roles.ts'

/** Who may call: anyone on the socket, anyone signed in, or holders of a permission. */
export type Access = 'public' | 'session' | Permission

/**
 * What a request is about, so that a role which is held for one project or model counts there. `organisation`: no such role counts.
 * `listed`: whoever holds the permission for anything may ask, and the answer has only what they hold it for. The others say by which of
 * the params the project or model is found.
 */
export type About = 'organisation' | 'listed' | 'project' | 'model' | 'run' | 'snapshot' | 'pack'

/** How the params of each kind name what a request is about. */
export interface Naming {
  readonly project: { readonly project: ProjectId }
  readonly model: { readonly project: ProjectId; readonly model: string }
  readonly run: { readonly run: RunId }
  readonly snapshot: { readonly snapshot: number }
  readonly pack: { readonly pack: string }
}

/** What a request with these params can be about. */
type AboutOf<T> = 'organisation' | 'listed' | { [K in keyof Naming]: T extends Naming[K] ? K : never }[keyof Naming]

export interface RequestSpec<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly access: Access
  readonly about: About
  readonly params: P
  readonly result: R
}

/** Declares one request of the contract: who may call it, what it takes, what it answers, what it is about. */
export function request<P extends z.ZodType, R extends z.ZodType>(access: Access, params: P, result: R, about: AboutOf<z.output<P>> = 'organisation'): RequestSpec<P, R> {
  return { access, about, params, result }
}
