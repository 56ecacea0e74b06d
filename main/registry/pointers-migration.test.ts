import { expect, it } from 'vitest'
import { writeEarlierDatabase } from '../storage/earlier-database-fixture.ts'
import { openDatabase } from '../storage/index.ts'

/** The version in which rows held copies of gates, metrics and conditions. */
const BEFORE = 5

it('a registry whose rows held gates and metrics keeps what names its entries, and nothing else that it was judged by', () => {
  const path = writeEarlierDatabase(BEFORE, (before) => before.exec(`
    INSERT INTO projects VALUES ('credit', '/nowhere', 'Credit', 'x', '[]', '', '2026-11-23', 1);
    INSERT INTO people (id, handle, display_name, name_salt, roles, active, verifier_key, sealed_key, enrolled_entry) VALUES
      ('p-1', 'erin', 'Erin', '', '[]', 1, '', '', 2), ('p-2', 'paul', 'Paul', '', '[]', 1, '', '', 3);
    INSERT INTO model_versions VALUES ('credit', 'scores', 1, 'staging', 7, 'train', 'p-1', 'aa', 10, 'onnx', '{"auc":{"value":"0.8","entry":5}}', '[]', 4, '2026-11-23', 6);
    INSERT INTO promotions VALUES (1, 'credit', 'scores', 1, 'production', 'open', 'p-1', '2026-11-23', 9, 2, '[]');
    INSERT INTO decisions VALUES (1, 'p-2', 'approved', '2026-11-23', 'approval', 'I approve.', '', 10);
  `))
  const db = openDatabase(path)
  expect(db.prepare('SELECT * FROM model_versions').all()).toEqual([
    { project: 'credit', model: 'scores', version: 1, stage: 'staging', run: 7, run_stage: 'train', author: 'p-1', artifact: 'aa', bytes: 10, format: 'onnx', gate_entry: 4, registered_at: '2026-11-23', entry: 6 },
  ])
  expect(db.prepare('SELECT * FROM promotions').all()).toEqual([
    { id: 1, project: 'credit', model: 'scores', version: 1, kind: 'promotion', target: 'production', state: 'open', requested_by: 'p-1', requested_at: '2026-11-23', request_entry: 9 },
  ])
  expect(db.prepare('SELECT * FROM decisions').all()).toEqual([{ promotion: 1, person: 'p-2', decision: 'approved', decided_at: '2026-11-23', entry: 10 }])
  expect(db.prepare("SELECT \"table\" FROM pragma_foreign_key_list('decisions')").pluck().all().sort()).toEqual(['people', 'promotions'])
})
