import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { newFolderOnDisk } from './disk-fixture.ts'
import { Hints } from './hints.ts'

const KEY = Buffer.alloc(32, 7)
const files = Buffer.from('what is remembered of a folder')
let path: string

beforeEach(() => {
  path = join(newFolderOnDisk('hints'), 'hints.db')
})

/** What another process finds there. */
function later<T>(look: (hints: Hints) => T, key: Uint8Array = KEY): T {
  const hints = new Hints(path, key)
  try {
    return look(hints)
  } finally {
    hints.close()
  }
}
const set = (folder: string, content: Uint8Array = files) => later((hints) => hints.set(new Map([[folder, content]])))
const get = (folder: string, key?: Uint8Array) => later((hints) => hints.get(folder), key)

function alter(sql: string): void {
  const db = new Sqlite(path)
  db.exec(sql)
  db.close()
}

describe('hints', () => {
  it('are what was set, for this user alone', () => {
    set('/a')
    expect(get('/a')).toEqual(files)
    expect(get('/b')).toBeUndefined()
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['altered', "UPDATE folders SET files = x'00'"],
    ['of another folder', "DELETE FROM folders WHERE path = '/a'; UPDATE folders SET path = '/a'"],
    ['without a seal', "UPDATE folders SET mac = x''"],
  ])('that are %s are none', (_, attack) => {
    set('/b', Buffer.from('others'))
    set('/a')
    alter(attack)
    expect([get('/a'), get('/b')]).toEqual([undefined, undefined])
  })

  it('that were sealed under another key are none', () => {
    set('/a')
    expect(get('/a', Buffer.alloc(32, 8))).toBeUndefined()
  })

  it.each<[string, () => void]>([
    ['is no database', () => writeFileSync(path, 'nothing like it'.repeat(1000))],
    ['is cut short', () => writeFileSync(path, readFileSync(path).subarray(0, 3000))],
    ['is of another version', () => alter('PRAGMA user_version = 9')],
    ['has another table', () => alter('DROP TABLE folders; CREATE TABLE folders (a)')],
    ['has rotten pages', () => writeFileSync(path, Buffer.concat([readFileSync(path).subarray(0, 4096), randomBytes(statSync(path).size - 4096)]))],
  ])('whose file %s are begun anew', (_, damage) => {
    set('/a')
    damage()
    expect(get('/a')).toBeUndefined()
    set('/a')
    expect(get('/a')).toEqual(files)
  })

  it('are none, and no error, where their file cannot be had', () => {
    path = join(path, 'in', 'no', 'folder')
    set('/a')
    expect(get('/a')).toBeUndefined()
    expect(existsSync(path)).toBe(false)
    mkdirSync(join(path, '..'), { recursive: true })
    set('/a')
    expect(get('/a')).toEqual(files)
  })

  it('give way, the oldest first, when they are too many', () => {
    const hints = new Hints(path, KEY, 3_000)
    for (let folder = 0; folder < 10; folder++) hints.set(new Map([[`/${folder}`, randomBytes(1_000)]]))
    const kept = Array.from({ length: 10 }, (_, folder) => hints.get(`/${folder}`) !== undefined)
    hints.close()
    expect(kept.filter(Boolean)).toHaveLength(3)
    expect(kept.at(-1)).toBe(true)
  })

  it('of several processes at once are those of each, and survive that one is killed', async () => {
    const program = join(path, '..', 'writer.mjs')
    writeFileSync(program, `
      import { Hints } from ${JSON.stringify(join(import.meta.dirname, 'hints.ts'))}
      const hints = new Hints(process.argv[2], Buffer.alloc(32, 7))
      process.send('ready')
      for (let round = 0; ; round++) {
        hints.set(new Map([['/' + process.argv[3], Buffer.alloc(20_000, round % 256)]]))
        const found = hints.get('/' + process.argv[3])
        if (found && found.some((byte) => byte !== found[0])) throw new Error('torn')
        if (round % 20 === 0) process.send('wrote')
      }`)
    const writers = ['a', 'b'].map((name) => fork(program, [path, name]))
    const ends = writers.map((writer) => new Promise((resolve) => writer.once('exit', resolve)))
    const said = (child: ReturnType<typeof fork>, times: number) => new Promise<void>((resolve, reject) => {
      let count = 0
      child.on('message', () => ++count === times && resolve())
      child.once('exit', (code, signal) => signal === null && reject(new Error(`a writer ended with code ${String(code)}`)))
    })
    try {
      await Promise.all(writers.map((writer) => said(writer, 4)))
    } finally {
      for (const writer of writers) writer.kill('SIGKILL')
      await Promise.all(ends)
    }
    for (const name of ['/a', '/b']) {
      const found = get(name)
      expect(found?.length).toBe(20_000)
      expect(new Set(found).size).toBe(1)
    }
  })
})
