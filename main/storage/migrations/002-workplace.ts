import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/** People, projects and dataset snapshots: what runs and models refer to. */
export const workplace: Migration = {
  id: 2,
  name: 'workplace',
  up(db: Database) {
    db.exec(`
      CREATE TABLE workplace (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        organisation TEXT NOT NULL,
        origin TEXT NOT NULL
      ) STRICT;

      CREATE TABLE people (
        id TEXT PRIMARY KEY,
        handle TEXT NOT NULL UNIQUE,
        display_name TEXT NOT NULL,
        name_salt TEXT NOT NULL,
        roles TEXT NOT NULL,
        active INTEGER NOT NULL CHECK (active IN (0, 1)),
        verifier_key TEXT NOT NULL,
        sealed_key TEXT NOT NULL,
        enrolled_entry INTEGER NOT NULL,
        failed_attempts INTEGER NOT NULL DEFAULT 0,
        locked_until INTEGER NOT NULL DEFAULT 0
      ) STRICT;

      CREATE TABLE projects (
        id TEXT PRIMARY KEY,
        folder TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        intended_purpose TEXT NOT NULL,
        roles TEXT NOT NULL,
        annex_iii TEXT NOT NULL,
        created_at TEXT NOT NULL,
        created_entry INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE snapshots (
        id INTEGER PRIMARY KEY,
        project TEXT NOT NULL REFERENCES projects (id),
        dataset TEXT NOT NULL,
        path TEXT NOT NULL,
        manifest TEXT NOT NULL,
        files INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        taken_at TEXT NOT NULL,
        taken_by TEXT NOT NULL,
        entry INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX snapshots_by_path ON snapshots (project, path, id);
    `)
  },
}
