import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/**
 * A stage may take several attempts, each with its own ends; what it was made of is known by a cache key, by which a later run finds it. `force`: the run takes
 * nothing from the cache. Entries have members from here on that earlier releases do not know, so that they are to refuse the folder.
 */
export const attempts: Migration = {
  id: 13,
  name: 'attempts',
  up(db: Database) {
    db.exec(`
      ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE runs ADD COLUMN force INTEGER NOT NULL DEFAULT 0 CHECK (force IN (0, 1));
      ALTER TABLE run_stages ADD COLUMN not_before TEXT;
      ALTER TABLE run_stages ADD COLUMN cached TEXT;

      CREATE TABLE stage_attempts (
        run INTEGER NOT NULL,
        stage TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'cancelled', 'interrupted', 'preempted')),
        started_at TEXT NOT NULL,
        ended_at TEXT,
        exit_code INTEGER,
        reason TEXT,
        entry INTEGER NOT NULL,
        end_entry INTEGER,
        resumes INTEGER,
        gpus TEXT NOT NULL DEFAULT '[]',
        basis TEXT,
        preempted_for TEXT,
        PRIMARY KEY (run, stage, attempt),
        FOREIGN KEY (run, stage) REFERENCES run_stages (run, stage)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO stage_attempts (run, stage, attempt, state, started_at, ended_at, exit_code, reason, entry, end_entry)
        SELECT run, stage, attempt, state, started_at, ended_at, exit_code, reason, entry, CASE state WHEN 'running' THEN NULL ELSE entry END
        FROM run_stages WHERE attempt > 0 AND started_at IS NOT NULL AND entry IS NOT NULL
          AND state IN ('running', 'succeeded', 'failed', 'cancelled', 'interrupted');

      CREATE TABLE stage_cache (
        entry INTEGER PRIMARY KEY,
        project TEXT NOT NULL REFERENCES projects (id),
        run INTEGER NOT NULL,
        stage TEXT NOT NULL,
        key TEXT NOT NULL,
        basis TEXT NOT NULL,
        FOREIGN KEY (run, stage) REFERENCES run_stages (run, stage)
      ) STRICT;
      CREATE INDEX stage_cache_by_key ON stage_cache (project, key, entry);
      CREATE INDEX stage_cache_by_stage ON stage_cache (project, stage, entry);
    `)
  },
}
