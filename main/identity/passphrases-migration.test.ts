import { expect, it } from 'vitest'
import { writeEarlierDatabase } from '../storage/earlier-database-fixture.ts'
import { openDatabase } from '../storage/index.ts'

/** The version in which nobody could change a passphrase. */
const BEFORE = 6

it('a workplace of before keeps its people and its cost', () => {
  const path = writeEarlierDatabase(BEFORE, (before) => before.exec(`
    INSERT INTO workplace VALUES (1, 'Test', 'strongroom.local/test');
    INSERT INTO people VALUES ('p-2', 'erin', 'Erin', 'aa', '["engineer"]', 1, 'k', 's', 4, 0, 0), ('p-1', 'asta', 'Asta', 'bb', '["administrator"]', 1, 'k', 's', 1, 0, 0);
  `))
  const db = openDatabase(path)
  expect(db.prepare('SELECT id, sealed_key FROM people ORDER BY id').raw().all()).toEqual([['p-1', 's'], ['p-2', 's']])
  expect(db.prepare('SELECT origin, scrypt_cost FROM workplace').raw().get()).toEqual(['strongroom.local/test', 1 << 17])
})
