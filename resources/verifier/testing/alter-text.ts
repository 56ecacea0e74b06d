import { ODD_CHARACTERS, replaceOne, type Altered } from './alter-json.ts'
import type { Random } from './random.ts'

type Change = (random: Random, lines: readonly string[]) => { value: string | Buffer; how: string }

/** Changes a file of lines in one place: manifests, bag files, notes, proofs. */
export function alterLines(random: Random, bytes: Buffer): Altered<Buffer> {
  const lines = bytes.toString('latin1').split('\n').map((line) => Buffer.from(line, 'latin1').toString())
  const { value, how } = random.pick(CHANGES)(random, lines)
  return { value: typeof value === 'string' ? Buffer.from(value) : value, how }
}

const join = (lines: readonly string[]) => lines.join('\n')

const CHANGES: readonly Change[] = [
  (random, lines) => {
    const at = random.int(lines.length)
    return { value: join(lines.filter((_, i) => i !== at)), how: `without line ${at + 1}` }
  },
  (random, lines) => {
    const at = random.int(lines.length)
    return { value: join([...lines.slice(0, at), lines[at] ?? '', ...lines.slice(at)]), how: `with line ${at + 1} twice` }
  },
  (random, lines) => {
    const at = random.int(lines.length)
    const other = random.int(lines.length)
    return { value: join(lines.map((line, i) => (i === at ? (lines[other] ?? '') : i === other ? (lines[at] ?? '') : line))), how: `with lines ${at + 1} and ${other + 1} exchanged` }
  },
  (random, lines) => changeOneLine(random, lines, (line) => `${line}\r`, 'with a carriage return at the end'),
  (_, lines) => ({ value: lines.join('\r\n'), how: 'with carriage returns' }),
  (random, lines) => changeOneLine(random, lines, () => '', 'emptied'),
  (random, lines) => changeOneLine(random, lines, (line) => line.toUpperCase(), 'in capitals'),
  (random, lines) => changeOneLine(random, lines, (line) => line.replace(/ +/, () => random.pick(['', ' ', '   ', '\t', '\u00a0', ' \ufeff'])), 'with another space'),
  (random, lines) => {
    const odd = random.pick(ODD_CHARACTERS)
    return changeOneLine(random, lines, (line) => random.pick([odd + line, line + odd, insertSomewhere(random, line, odd)]), `with ${JSON.stringify(odd)}`)
  },
  (random, lines) => changeOneLine(random, lines, (line) => replaceOne(random, line, /\d+/g, () => random.pick(['0', '00', '1', '-1', '+1', '1e3', '9007199254740991', '9007199254740992', '99999999999999999', '١', '', ' 1'])), 'with another number'),
  (random, lines) => changeOneLine(random, lines, (line) => line.slice(0, random.int(line.length + 1)), 'cut short'),
  (random, lines) => ({ value: join(lines) + random.pick(['\n', 'x', '\n\n', ' ', '\u0000', '\ufeff', '— x AAAAAAAA\n', '— x+y AAAAAAAA\n', '—  AAAAAAAA\n', '— x AAAA\n', `${'— x AAAAAAAA\n'.repeat(64)}`, `${'— x AAAAAAAA\n'.repeat(99)}`, 'Contact-Name: x\n', `${'0'.repeat(64)}  data/zzz\n`, `${'0'.repeat(64)}  zzz\n`]), how: 'with something after it' }),
  (random, lines) => ({ value: random.pick(['\ufeff', '\n', ' ', '0', 'x\n']) + join(lines), how: 'with something before it' }),
  (random, lines) => {
    const bytes = Buffer.from(join(lines))
    const at = random.int(bytes.length + 1)
    const odd = Buffer.from(random.pick(['ff', 'c080', 'eda080', '00', 'efbbbf']), 'hex')
    return { value: Buffer.concat([bytes.subarray(0, at), odd, bytes.subarray(at)]), how: `with the bytes ${odd.toString('hex')}` }
  },
  (random, lines) => ({ value: join(lines).slice(0, random.int(join(lines).length + 1)), how: 'cut short' }),
  (random) => ({ value: random.pick(['', '\n', 'x', '\n\n', '\u0000']), how: 'other text altogether' }),
]

function changeOneLine(random: Random, lines: readonly string[], change: (line: string) => string, how: string): { value: string; how: string } {
  const at = random.int(lines.length)
  return { value: join(lines.map((line, i) => (i === at ? change(line) : line))), how: `line ${at + 1} ${how}` }
}

function insertSomewhere(random: Random, line: string, what: string): string {
  const at = random.int(line.length + 1)
  return line.slice(0, at) + what + line.slice(at)
}

/** Changes bytes of any file. */
export function alterBytes(random: Random, bytes: Buffer): Altered<Buffer> {
  const at = random.int(bytes.length + 1)
  const flipped = Buffer.from(bytes)
  if (at < bytes.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random.int(8))
  return random.pick([
    { value: flipped, how: `with a bit of byte ${at} flipped` },
    { value: Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]), how: `without byte ${at}` },
    { value: Buffer.concat([bytes.subarray(0, at), Buffer.of(random.int(256)), bytes.subarray(at)]), how: `with another byte at ${at}` },
    { value: Buffer.alloc(0), how: 'emptied' },
    { value: Buffer.concat([bytes, bytes]), how: 'twice over' },
  ])
}
