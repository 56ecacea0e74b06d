import { transact, type Database } from '../storage/index.ts'
import { PersonKeys } from './person-keys.ts'
import { openNames, sealNames, type PersonalNames } from './sealed-names.ts'

interface NamesRow {
  id: string
  handle: string
  display_name: string
  name_salt: string
  names: string
  erased_entry: number | null
}

/**
 * The names of people, in memory. In the database they stand sealed, each under a key that lies outside it; whose key is gone has none, and
 * goes by their id.
 */
export class Names {
  readonly #db: Database
  readonly #keys: PersonKeys
  readonly #known = new Map<string, PersonalNames>()
  #erased: ReadonlyMap<string, number> = new Map()

  /** @param folder of the keys. */
  constructor(db: Database, folder: string) {
    this.#db = db
    this.#keys = new PersonKeys(folder)
  }

  /**
   * Reads all names: applies what was erased to a database or keys that are older, and seals names that stand in plain text, as they did in
   * earlier versions. Answers how many those were. Throws StorageError.
   */
  load(): number {
    const rows = this.#db.prepare<[], NamesRow>('SELECT id, handle, display_name, name_salt, names, erased_entry FROM people').all()
    this.#applyErasures(rows)
    const plain = rows.filter(({ id, handle }) => handle !== id)
    for (const row of rows) {
      const key = this.#erased.has(row.id) ? undefined : this.#keys.read(row.id)
      const names = key === undefined ? undefined : openNames(row.names, key, row.id)
      if (names !== undefined) this.#known.set(row.id, names)
    }
    transact(this.#db, () => {
      const move = this.#db.prepare("UPDATE people SET handle = id, display_name = '', name_salt = '', names = ? WHERE id = ?")
      for (const { id, handle, display_name: displayName, name_salt: salt } of plain) {
        if (this.#erased.has(id)) {
          move.run('', id)
          continue
        }
        const names = { handle, displayName, salt }
        move.run(this.seal(id, names), id)
        this.#known.set(id, names)
      }
    })
    return plain.length
  }

  of(id: string): PersonalNames | undefined {
    return this.#known.get(id)
  }

  isErased(id: string): boolean {
    return this.#erased.has(id)
  }

  /** Whose sign-in name it is. Somebody whose names cannot be read signs in by their id. */
  idOf(handle: string): string | undefined {
    for (const [id, names] of this.#known) if (names.handle === handle) return id
    return this.#known.has(handle) ? undefined : handle
  }

  /** The names under the person's key, which is made and durable before this returns. Throws StorageError. */
  seal(id: string, names: PersonalNames): string {
    return sealNames(names, this.#keys.create(id), id)
  }

  /** After the commit that enrolled the person. */
  remember(id: string, names: PersonalNames): void {
    this.#known.set(id, names)
  }

  /** After the commit of entry `entry`, which says so. Throws StorageError; the next start then does what was left. */
  erase(id: string, entry: number): void {
    this.#known.delete(id)
    this.#erased = new Map(this.#erased).set(id, entry)
    this.#keys.noteErased(id, entry)
    this.#keys.destroy(id)
  }

  /** Rows tell what the list may lack where it was cut off or put back, and the list what the rows lack. */
  #applyErasures(rows: readonly NamesRow[]): void {
    const erased = this.#keys.erased()
    for (const { id, erased_entry: entry } of rows) {
      if (entry === null || erased.has(id)) continue
      this.#keys.noteErased(id, entry)
      erased.set(id, entry)
    }
    for (const id of erased.keys()) this.#keys.destroy(id)
    this.#erased = erased
  }
}
