/** What the backup has by another way than file by file: the database as SQLite copies it, blobs once for all backups, the mark of that database. */
const BY_ANOTHER_WAY = ['strongroom.db', 'strongroom.db-wal', 'strongroom.db-shm', 'high-water', 'blobs', 'keys']

/** The keys of personal data, in `keys/`: never in a version of a backup, as what was erased would come back with it. They stand in a file of their own that is replaced each time. */
export const PERSONAL_KEYS = 'people'

/** What a backup leaves out, by its name in the data folder, and why. Everything else that lies there is in it. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'orchestrator.lock': 'of the process that runs',
  'orchestrator.json': 'of the process that runs',
  'orchestrator.sock': 'of the process that runs',
  'cli.key': 'the command line makes a new one; whoever is signed in by it stays signed in nowhere else',
  catalogue: 'what each entry is about is read from the entries again where it is restored',
  'hints.db': 'what files of this machine were found to be',
  'hints.db-wal': 'as hints.db',
  'hints.db-shm': 'as hints.db',
  verified: 'what was verified is verified again where it is restored',
  logs: 'of the processes that ran here',
  'keys/people': 'personal data: kept in personal-keys.json beside the backups, which is replaced each time and never kept in versions',
}

/** Whether a name at the top of the data folder is copied file by file. */
export function isCopied(name: string): boolean {
  return !BY_ANOTHER_WAY.includes(name) && !Object.hasOwn(LEFT_OUT, name) && !name.endsWith('.new')
}
