import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/** Runs, their stages, and the metric points that stages report while they run. */
export const training: Migration = {
  id: 3,
  name: 'training',
  up(db: Database) {
    db.exec(`
      CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project TEXT NOT NULL REFERENCES projects (id),
        folder TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
        cancelling INTEGER NOT NULL DEFAULT 0 CHECK (cancelling IN (0, 1)),
        started_by TEXT NOT NULL REFERENCES people (id),
        started_at TEXT NOT NULL,
        ended_at TEXT,
        entry INTEGER NOT NULL,
        pipeline TEXT NOT NULL,
        parameters TEXT NOT NULL,
        snapshots TEXT NOT NULL,
        code TEXT NOT NULL
      ) STRICT;
      CREATE INDEX runs_by_project ON runs (project, id);
      CREATE UNIQUE INDEX runs_one_active ON runs (project) WHERE state IN ('queued', 'running');

      CREATE TABLE run_stages (
        run INTEGER NOT NULL REFERENCES runs (id),
        stage TEXT NOT NULL,
        position INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted', 'skipped')),
        attempt INTEGER NOT NULL DEFAULT 0,
        started_at TEXT,
        ended_at TEXT,
        exit_code INTEGER,
        reason TEXT,
        entry INTEGER,
        outs TEXT NOT NULL DEFAULT '[]',
        metrics TEXT NOT NULL DEFAULT '{}',
        evidence TEXT NOT NULL DEFAULT '[]',
        environment TEXT,
        recording TEXT,
        metrics_offset INTEGER NOT NULL DEFAULT 0,
        metrics_rejected INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (run, stage)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE metric_points (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL,
        stage TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        name TEXT NOT NULL,
        step INTEGER NOT NULL,
        value TEXT NOT NULL,
        time TEXT NOT NULL,
        UNIQUE (run, stage, attempt, seq),
        FOREIGN KEY (run, stage) REFERENCES run_stages (run, stage)
      ) STRICT;
      CREATE INDEX metric_points_by_run ON metric_points (run, id);
    `)
  },
}
