import { z } from 'zod'

/** A person, by an opaque id: names never stand in ledger entries. */
export const PersonId = z.string().regex(/^p-[0-9a-f]{8}$/, 'expected a person id such as p-1f2e3d4c').brand('PersonId')
export type PersonId = z.infer<typeof PersonId>

/** A project's short name, chosen by its creator, used in addresses and on the command line. */
export const ProjectId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and hyphens, at most 63')
  .brand('ProjectId')
export type ProjectId = z.infer<typeof ProjectId>

/** A run's number, counted over the whole workplace from 1. */
export const RunId = z.number().int().positive().brand('RunId')
export type RunId = z.infer<typeof RunId>

/** A model's name inside its project. */
export const ModelName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'use letters, digits, dot, hyphen and underscore, at most 63')
/** A name that is moved from version to version, such as `champion`. `latest` and `v3` would say something that is not so (they are MLflow's own). */
export const ModelAlias = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,62}$/, 'use letters, digits, dot, hyphen and underscore, a letter first, at most 63')
  .refine((alias) => !/^(latest|v\d+)$/i.test(alias), 'is a version by its own name; choose another')
export const TagKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/, 'use letters, digits, dot, hyphen, underscore and slash, at most 63')
export const VersionNumber = z.number().int().positive()

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits')
/** UTC, milliseconds: 2026-11-23T14:32:08.123Z. */
export const Timestamp = z.iso.datetime({ precision: 3 })
/** A decimal number as text, exact: the ledger knows no floats. */
export const DecimalString = z.string().regex(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/, 'expected a decimal number such as 0.8125')
