import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/**
 * Gates, metrics and the outcome of conditions are read from the ledger entries that fixed and recorded them. Their copies in rows go:
 * whoever could write to the file lowered a gate there, and no signature said otherwise.
 */
export const registryPointers: Migration = {
  id: 6,
  name: 'registry-pointers',
  up(db: Database) {
    db.exec(`
      ALTER TABLE model_versions DROP COLUMN metrics;
      ALTER TABLE model_versions DROP COLUMN gates;
      ALTER TABLE promotions DROP COLUMN approvals_needed;
      ALTER TABLE promotions DROP COLUMN conditions;
    `)
  },
}
