import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Altered } from './alter-json.ts'
import { sortFiles, zipFiles, type Files } from './pack-builder.ts'
import type { Random } from './random.ts'

const ODD_PATHS = ['../x', '/x', 'data/../x', 'data//x', 'data/', 'data', 'a b', 'data/\u0430.json', 'data/\ud83d\ude00', 'data/\ufb33', 'x'.repeat(200), `data/${'x'.repeat(200)}`, `${'a/'.repeat(99)}aa`, `${'a/'.repeat(101)}a`, 'data/./x', 'C:x', 'data\\x', '.hidden', 'data/entries/00000005.json', 'data/entries/5.json', 'data/documents/x/y', 'data/frameworks/more.json', 'README.TXT', '\u0000', 'x\u001b[2J', '-x', '']

/** The zip of these files in another form than the format's own. */
export function alterZip(random: Random, files: Files): Altered<Buffer> {
  const sorted = sortFiles(files)
  const at = random.int(sorted.length)
  const entry = sorted[at] ?? ['x', Buffer.alloc(0)]
  const zip = zipFiles(sorted)
  const odd = random.pick(ODD_PATHS)
  const value = random.pick([0, 1, 8, 20, 0x21, 0x7fff, 0xffff, 22, 46, 30])
  return random.pick([
    () => ({ value: zipFiles([...sorted].reverse()), how: 'in reverse order' }),
    () => ({ value: zipFiles([...sorted.slice(0, at), entry, ...sorted.slice(at)]), how: `with ${entry[0]} twice` }),
    () => ({ value: zipFiles([...sorted, [entry[0], Buffer.from('another')]]), how: `with another ${entry[0]} at the end` }),
    () => ({ value: zipFiles([[entry[0], Buffer.from('another')], ...sorted]), how: `with another ${entry[0]} first` }),
    () => ({ value: zipFiles(sorted, random.pick([{ comment: 'x' }, { attributes: 0xa1ff0000 }, { time: 1 }, { extra: Buffer.from('UT\u0000\u0000') }])), how: 'with other headers' }),
    () => ({ value: zipFiles(sortFiles(new Map([...files, [odd, Buffer.from('x')]]))), how: `with a file named ${JSON.stringify(odd.slice(0, 40))}` }),
    () => ({ value: zipFiles([...sorted, [odd, Buffer.from('x')]]), how: `with a file named ${JSON.stringify(odd.slice(0, 40))} last` }),
    () => ({ value: withField(random, zip, value), how: `with ${value} in a header` }),
    () => ({ value: withField(random, zip, value), how: `with ${value} in a header` }),
    () => ({ value: withField(random, zip, value), how: `with ${value} in a header` }),
    () => ({ value: withOddName(random, zip, entry[0]), how: `with another name for ${entry[0]}` }),
    () => {
      const place = random.pick([0, zip.length, zip.length - 22, zip.readUInt32LE(zip.length - 6), random.int(zip.length)])
      return { value: Buffer.concat([zip.subarray(0, place), Buffer.alloc(random.pick([1, 22, 30, 46])), zip.subarray(place)]), how: `with a gap at ${place}` }
    },
    () => ({ value: zip.subarray(0, random.int(zip.length)), how: 'cut short' }),
    () => ({ value: zip.subarray(random.int(zip.length)), how: 'without its beginning' }),
    () => ({ value: random.pick([Buffer.alloc(0), Buffer.from('PK'), zip.subarray(zip.length - 22), Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(18)])]), how: 'as next to nothing' }),
    () => ({ value: zipFiles([...sorted.slice(0, at), ...sorted.slice(at + 1)]), how: `without ${entry[0]}` }),
  ])()
}

/** Writes a number over a part of the directory, the end record or a header before a content. */
function withField(random: Random, zip: Buffer, value: number): Buffer {
  const altered = Buffer.from(zip)
  const directory = zip.readUInt32LE(zip.length - 6)
  const records: number[] = []
  for (let at = directory; at + 46 <= zip.length - 22; at += 46 + zip.readUInt16LE(at + 28)) records.push(at)
  const record = random.pick(records)
  const local = zip.readUInt32LE(record + 42)
  const place = random.pick([record + 2 * random.int(23), record + 2 * random.int(23), local + 2 * random.int(15), zip.length - 22 + 2 * random.int(11)])
  altered.writeUInt16LE(value, Math.min(place, zip.length - 2))
  return altered
}

/** Renames a file in its header and in the directory to something as long. */
function withOddName(random: Random, zip: Buffer, name: string): Buffer {
  const altered = Buffer.from(zip)
  const byte = random.pick([0xff, 0x80, 0x00, 0x2f, 0x5c, 0x20, 0xc0, 0xed, 0xef])
  const offset = random.int(name.length)
  for (let at = altered.indexOf(name); at >= 0; at = altered.indexOf(name, at + 1)) {
    const isHeader = at >= 30 && altered.readUInt32LE(at - 30) === 0x04034b50
    const isRecord = at >= 46 && altered.readUInt32LE(at - 46) === 0x02014b50
    if (isHeader || isRecord) altered[at + offset] = byte
  }
  return altered
}

/** Puts something into a pack's folder that no pack holds, or takes something's place. Returns how. */
export function alterFolder(random: Random, folder: string, files: Files): string {
  const path = random.pick([...files.keys()])
  const target = join(folder, path)
  const replaceBy = (make: () => void): void => {
    rmSync(target, { recursive: true })
    make()
  }
  const add = (name: string, make: (place: string) => void): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    if (!existsSync(join(folder, name))) make(join(folder, name))
  }
  const odd = random.pick([...ODD_PATHS.filter((each) => !/^$|^\/|\.\.|\u0000|\/$|^data$|\/\/|\/\.\//.test(each)), 'data/more', 'more/x', 'data/entries/more/x', 'data/o dd/x', 'o\ufffdd/x', 'data/\ufffd'])
  return random.pick([
    () => (replaceBy(() => mkdirSync(target)), `an empty folder in place of ${path}`),
    () => (replaceBy(() => (mkdirSync(target), writeFileSync(join(target, 'x'), 'x'))), `a folder in place of ${path}`),
    () => (replaceBy(() => symlinkSync('/etc/hostname', target)), `a link in place of ${path}`),
    () => (replaceBy(() => symlinkSync(`nowhere`, target)), `a dead link in place of ${path}`),
    () => (replaceBy(() => execFileSync('mkfifo', [target])), `a pipe in place of ${path}`),
    () => (add(odd.length > 250 ? 'data/x' : odd, (place) => writeFileSync(place, 'x')), `a file ${JSON.stringify(odd.slice(0, 40))}`),
    () => (add(odd.length > 250 ? 'data/x' : odd, (place) => mkdirSync(place)), `an empty folder ${JSON.stringify(odd.slice(0, 40))}`),
    () => (add('data/link', (place) => symlinkSync('entries', place)), 'a link to a folder'),
    () => (add('data/entries/00000006.json', () => undefined), renameSync(target, `${target}x`), `${path} renamed`),
    () => (rmSync(target), `without ${path}`),
    () => (writeFileSync(Buffer.concat([Buffer.from(`${folder}/data/`), Buffer.from(random.pick(['ff', '61ff', 'c080', 'eda080', 'f09f98']), 'hex')]), 'x'), 'a file whose name is not UTF-8'),
    () => {
      const name = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(random.pick(['ff', '61ff', 'c080', 'eda080']), 'hex')])
      mkdirSync(name)
      if (random.chance(0.5)) writeFileSync(Buffer.concat([name, Buffer.from('/x')]), 'x')
      return 'a folder whose name is not UTF-8'
    },
  ])()
}
