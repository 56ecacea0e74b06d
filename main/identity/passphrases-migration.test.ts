import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabase } from '../storage/index.ts'
import { migrations } from '../storage/migrations.ts'

/** The version in which nobody could change a passphrase. */
const BEFORE = 6

it('a workplace of before keeps its people and its cost, and knows who cannot have chosen their passphrase', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'migration-')), 'strongroom.db')
  const before = openDatabase(path)
  before.pragma('foreign_keys = OFF')
  for (const table of before.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").pluck().all()) before.exec(`DROP TABLE ${table}`)
  for (const migration of migrations.slice(0, BEFORE)) migration.up(before)
  before.pragma(`user_version = ${BEFORE}`)
  before.exec(`
    INSERT INTO workplace VALUES (1, 'Test', 'strongroom.local/test');
    INSERT INTO people VALUES ('p-2', 'erin', 'Erin', 'aa', '["engineer"]', 1, 'k', 's', 4, 0, 0), ('p-1', 'asta', 'Asta', 'bb', '["administrator"]', 1, 'k', 's', 1, 0, 0);
  `)
  before.close()
  const db = openDatabase(path)
  expect(db.prepare('SELECT id, sealed_key, passphrase_by FROM people ORDER BY id').raw().all()).toEqual([['p-1', 's', 'self'], ['p-2', 's', 'another']])
  expect(db.prepare('SELECT origin, scrypt_cost FROM workplace').raw().get()).toEqual(['strongroom.local/test', 1 << 17])
})
