import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { storageErrorFrom, syncFolder } from '../storage/index.ts'

const BUILDING = '.building-'

/** Where one pack is built, and where it will stand. */
export interface PackPlace {
  readonly id: string
  /** Folder that is being built; its name is no pack's. */
  readonly building: string
  readonly buildingZip: string
  /** Moves folder and zip to their final names. Throws StorageError. */
  publish(): void
  /** Takes away what `publish` put there. */
  unpublish(): void
  /** Throws away what was not published. */
  release(): void
}

/** The folder of packs: `<id>/` and `<id>.zip` for each. What was being built when the program ended is thrown away. */
export class PackShelf {
  readonly #root: string
  readonly #reserved = new Set<string>()

  constructor(root: string) {
    this.#root = root
    mkdirSync(root, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(root)) if (name.startsWith(BUILDING)) rmSync(join(root, name), { recursive: true, force: true })
  }

  folder(id: string): string {
    return join(this.#root, id)
  }

  zip(id: string): string {
    return join(this.#root, `${id}.zip`)
  }

  /** Whether anything lies where that pack would. */
  has(id: string): boolean {
    return existsSync(this.folder(id)) || existsSync(this.zip(id))
  }

  /** A place for the next pack of that stem, `<stem>-<n>`, which nobody else gets until it is released: the first that is not taken. */
  reserve(stem: string, isTaken: (id: string) => boolean): PackPlace {
    let number = 1
    while (isTaken(`${stem}-${number}`) || this.#reserved.has(`${stem}-${number}`.toLowerCase())) number++
    const id = `${stem}-${number}`
    this.#reserved.add(id.toLowerCase())
    const building = join(this.#root, `${BUILDING}${id}`)
    const buildingZip = `${building}.zip`
    const remove = (...paths: string[]) => paths.forEach((path) => rmSync(path, { recursive: true, force: true }))
    return {
      id,
      building,
      buildingZip,
      publish: () => {
        try {
          // No pack has this name: what stands there was left by a crash between publishing and recording.
          remove(this.folder(id), this.zip(id))
          renameSync(building, this.folder(id))
          // A pack too large for its form of zip is a folder alone.
          if (existsSync(buildingZip)) renameSync(buildingZip, this.zip(id))
          syncFolder(this.#root)
        } catch (thrown) {
          remove(this.folder(id), this.zip(id))
          throw storageErrorFrom(thrown, this.folder(id))
        }
      },
      unpublish: () => remove(this.folder(id), this.zip(id)),
      release: () => {
        this.#reserved.delete(id.toLowerCase())
        remove(building, buildingZip)
      },
    }
  }
}
