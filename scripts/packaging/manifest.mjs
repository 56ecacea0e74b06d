/** Writes the signed list of files into what electron-builder has laid out. Its format: main/client/manifest.ts. */
import { createHash, sign } from 'node:crypto'
import { createReadStream, readdirSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CLOSED_FOLDERS, ARCHIVE, MANIFEST_FILE, SIGNATURE_FILE, formatManifest } from '../../main/client/manifest.ts'
import { isSealed } from './sealed.mjs'

/**
 * @param resources the `resources` folder; on Linux and Windows Electron's own files lie a folder up. On macOS they are in the bundle's
 *   other folders, and its code signature covers them.
 * @param key from package-key.mjs.
 */
export async function writeManifest({ resources, platform, arch, version, key }) {
  const electron = platform === 'darwin' ? [] : filesUnder(join(resources, '..')).filter((file) => !file.startsWith(join(resources, sep)))
  const ours = [...CLOSED_FOLDERS.flatMap((folder) => filesUnder(join(resources, folder))), join(resources, ARCHIVE)]
  const files = new Map()
  const sealed = []
  for (const file of [...ours, ...electron]) {
    const path = relative(resources, file).split(sep).join('/')
    if (isSealed(file, platform)) sealed.push(path)
    else files.set(path, await digest(file))
  }
  const text = Buffer.from(formatManifest({ version, platform: `${platform}-${arch}`, signed: key.signed, files, sealed }))
  writeFileSync(join(resources, MANIFEST_FILE), text)
  writeFileSync(join(resources, SIGNATURE_FILE), sign(null, text, key.privateKey))
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

async function digest(file) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
