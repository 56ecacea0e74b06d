import type { Database } from './database.ts'
import { ledger } from './migrations/001-ledger.ts'
import { workplace } from './migrations/002-workplace.ts'
import { training } from './migrations/003-training.ts'
import { registry } from './migrations/004-registry.ts'
import { checkpoints } from './migrations/005-checkpoints.ts'
import { registryPointers } from './migrations/006-registry-pointers.ts'
import { passphrases } from './migrations/007-passphrases.ts'
import { registryVersions } from './migrations/008-registry-versions.ts'
import { names } from './migrations/009-names.ts'
import { entryTerms } from './migrations/010-entry-terms.ts'
import { passphrasesByEntries } from './migrations/011-passphrases-by-entries.ts'
import { entryForms } from './migrations/012-entry-forms.ts'
import { attempts } from './migrations/013-attempts.ts'
import { executors } from './migrations/014-executors.ts'
import { queue } from './migrations/015-queue.ts'

/** One step of the schema. Never edited after landing: a change is a new step. `id` counts from 1 without gaps. */
export interface Migration {
  id: number
  name: string
  up(db: Database): void
}

/** All steps in order. `user_version` of a database is the id of the last one that it has had. */
export const migrations: readonly Migration[] = [ledger, workplace, training, registry, checkpoints, registryPointers, passphrases, registryVersions, names, entryTerms, passphrasesByEntries, entryForms, attempts, executors, queue]
