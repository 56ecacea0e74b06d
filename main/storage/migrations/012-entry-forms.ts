import type { Migration } from '../migrations.ts'

/**
 * No table changes. Entries have members from here on that earlier releases do not know (why a policy changed, a key of the orchestrator after a loss, which version
 * an import is): to those nobody's roles can be read any more, so that they are to refuse the folder, as any newer one.
 */
export const entryForms: Migration = {
  id: 12,
  name: 'entry-forms',
  up: () => undefined,
}
