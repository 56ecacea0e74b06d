import type { PackFile, PackFolder } from './pack-folder.ts'

export interface BagInfo {
  readonly organisation: string
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly id: string
  readonly software: string
}

const MANIFEST = 'manifest-sha256.txt'
const TAG_MANIFEST = 'tagmanifest-sha256.txt'

/** Makes the folder a bag (RFC 8493) of what was added below `data/`. Returns the tag manifest, whose digest stands for the whole pack. */
export async function closeBag(folder: PackFolder, info: BagInfo): Promise<PackFile> {
  const payload = folder.files.filter(({ path }) => path.startsWith('data/'))
  const octets = payload.reduce((sum, { bytes }) => sum + bytes, 0)
  await folder.add('bagit.txt', 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n')
  await folder.add(
    'bag-info.txt',
    [
      `Source-Organization: ${oneLine(info.organisation)}`,
      `Bagging-Date: ${info.date}`,
      `Payload-Oxum: ${octets}.${payload.length}`,
      `External-Identifier: ${info.id}`,
      `Bag-Software-Agent: ${oneLine(info.software)}`,
      '',
    ].join('\n'),
  )
  await folder.add(MANIFEST, manifestOf(payload))
  return folder.add(TAG_MANIFEST, manifestOf(folder.files.filter(({ path }) => !path.startsWith('data/'))))
}

function manifestOf(files: readonly PackFile[]): string {
  return files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('')
}

/** A value that fits a line: whatever does not print is a space. */
function oneLine(value: string): string {
  return value.toWellFormed().replace(/[\p{C}\p{Z}]+/gu, ' ').trim() || 'not stated'
}
