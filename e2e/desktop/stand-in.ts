import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')

/** The mark before the fuses in Electron's binary, then their version, their number, and one character a fuse ('0' off, '1' on). */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
/** As the newest Electron has them, each set against us where there is a choice. */
const FUSES_AGAINST_US = '101100110'

/** The layout of a real Electron, with a program in its place that does nothing but carry fuses. */
export function writeStandIn(folder: string, fuses = FUSES_AGAINST_US): void {
  mkdirSync(join(folder, 'resources'), { recursive: true })
  const wire = Buffer.concat([Buffer.from(FUSE_SENTINEL), Buffer.from([1, fuses.length]), Buffer.from(fuses)])
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), wire]))
  chmodSync(join(folder, 'electron'), 0o755)
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', 'electron', 'package.json'), 'utf8')) as { version: string }
  writeFileSync(join(folder, 'version'), version)
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(folder, name), '')
}

export interface PackOptions {
  /** Names the key that signs; the build is an unsigned one without. */
  readonly keyFile?: string
}

/**
 * Packs the built product around the stand-in, and answers where it lies: a folder of the caller's, so that it may be spoiled.
 * Throws what the packager printed when it fails.
 */
export function packStandIn({ keyFile = '' }: PackOptions = {}): { folder: string; unpacked: string; resources: string; printed: string } {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-packing-'))
  const built = join(ROOT, 'dist', 'packages', process.arch === 'arm64' ? 'linux-arm64-unpacked' : 'linux-unpacked')
  try {
    writeStandIn(join(folder, 'electron'))
    rmSync(built, { recursive: true, force: true })
    const printed = execFileSync(process.execPath, [join(ROOT, 'scripts', 'package.mjs'), '--dir', '--electron-dist', join(folder, 'electron')], {
      stdio: 'pipe',
      encoding: 'utf8',
      // An empty one counts as none.
      env: { ...process.env, STRONGROOM_PACKAGE_KEY: keyFile },
    })
    // As people name folders.
    const unpacked = join(folder, "Ada's Strongroom")
    cpSync(built, unpacked, { recursive: true })
    return { folder, unpacked, resources: join(unpacked, 'resources'), printed }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

interface ArchiveEntry {
  readonly files?: Readonly<Record<string, ArchiveEntry>>
  readonly size?: number
  readonly offset?: string
}

/** What an asar archive holds, by path: a header of JSON after sixteen bytes of lengths, then the files one after another. */
export function readArchive(path: string): ReadonlyMap<string, Buffer> {
  const bytes = readFileSync(path)
  const header = JSON.parse(bytes.subarray(16, 16 + bytes.readUInt32LE(12)).toString('utf8')) as ArchiveEntry
  const start = 8 + bytes.readUInt32LE(4)
  const files = new Map<string, Buffer>()
  const walk = (entry: ArchiveEntry, prefix: string) => {
    for (const [name, child] of Object.entries(entry.files ?? {})) {
      if (child.files) walk(child, `${prefix}${name}/`)
      else files.set(`${prefix}${name}`, bytes.subarray(start + Number(child.offset), start + Number(child.offset) + (child.size ?? 0)))
    }
  }
  walk(header, '')
  return files
}
