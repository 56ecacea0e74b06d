import type { z } from 'zod'
import type { Permission } from './roles.ts'

/** Who may call: anyone on the socket, anyone signed in, or holders of a permission. */
export type Access = 'public' | 'session' | Permission

export interface RequestSpec<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly access: Access
  readonly params: P
  readonly result: R
}

/** Declares one request of the contract: who may call it, what it takes, what it answers. */
export function request<P extends z.ZodType, R extends z.ZodType>(access: Access, params: P, result: R): RequestSpec<P, R> {
  return { access, params, result }
}
