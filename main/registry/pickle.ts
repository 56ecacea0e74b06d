// A Python pickle told by its opcodes (PEP 3154; CPython, Lib/pickletools.py): those of protocol 0 and 1 have no mark at their start. They are walked through, with the height of
// the stack that they would build, and nothing of it is built, imported or run.

/** `runs`: loading it imports and calls what it names. `may`: it names something, has a line that is not as CPython writes it before what would be a call, or goes on beyond what was given. */
export type PickleVerdict = 'no' | 'may' | 'runs'

type Argument = number | 'line' | 'number' | 'float' | 'quoted' | 'names' | 'length1' | 'length4' | 'length8'

/** What an opcode has after it, how many values it takes from the stack and gives back; `mark`: it takes all above the last mark, and that. */
interface Opcode {
  readonly argument: Argument
  readonly takes: number | 'mark'
  readonly gives: number
  /** `names`: something is imported; `calls`: what was named is called; `refers`: to what the loading program looks up by its own rules. */
  readonly does?: 'refers' | 'names' | 'calls'
}

const op = (argument: Argument, takes: Opcode['takes'], gives: number, does?: Opcode['does']): Opcode => ({ argument, takes, gives, ...(does ? { does } : {}) })
const each = (codes: string, opcode: Opcode): [string, Opcode][] => [...codes].map((code) => [code, opcode])

const OPCODES = new Map<string, Opcode>([
  ...each('IL', op('number', 0, 1)), ...each('F', op('float', 0, 1)), ...each('S', op('quoted', 0, 1)), ...each('V', op('line', 0, 1)),
  ...each('J', op(4, 0, 1)), ...each('K', op(1, 0, 1)), ...each('M', op(2, 0, 1)), ...each('G', op(8, 0, 1)),
  ...each('UC\x8c\x8a', op('length1', 0, 1)), ...each('TBX\x8b', op('length4', 0, 1)), ...each('\x8d\x8e\x96', op('length8', 0, 1)),
  ...each('N\x88\x89)]}\x8f\x97', op(0, 0, 1)), ...each('\x98', op(0, 1, 1)),
  ...each('(', op(0, 0, 0)), ...each('tld\x91', op(0, 'mark', 1)), ...each('\x85', op(0, 1, 1)), ...each('\x86', op(0, 2, 1)), ...each('\x87', op(0, 3, 1)),
  ...each('a', op(0, 2, 1)), ...each('s', op(0, 3, 1)), ...each('eu\x90', op(0, 'mark', 0)),
  ...each('0', op(0, 1, 0)), ...each('1', op(0, 'mark', 0)), ...each('2', op(0, 1, 2)),
  ...each('g', op('number', 0, 1)), ...each('h', op(1, 0, 1)), ...each('j', op(4, 0, 1)), ...each('p', op('number', 0, 0)), ...each('q', op(1, 0, 0)), ...each('r', op(4, 0, 0)), ...each('\x94', op(0, 0, 0)),
  ...each('\x80', op(1, 0, 0)), ...each('\x95', op(8, 0, 0)),
  ...each('P', op('line', 0, 1, 'refers')), ...each('Q', op(0, 1, 1, 'refers')), ...each('\x82', op(1, 0, 1, 'names')), ...each('\x83', op(2, 0, 1, 'names')), ...each('\x84', op(4, 0, 1, 'names')),
  ...each('c', op('names', 0, 1, 'names')), ...each('\x93', op(0, 2, 1, 'names')),
  ...each('i', op('names', 'mark', 1, 'calls')), ...each('o', op(0, 'mark', 1, 'calls')), ...each('R\x81', op(0, 2, 1, 'calls')), ...each('\x92', op(0, 3, 1, 'calls')), ...each('b', op(0, 2, 1, 'calls')),
])

/** Lines as CPython writes them. It reads more than these (`I+1`, `I0x1`, `Finfinity`), and later versions may read yet more: another line is no reason to stop. */
const LINES: Readonly<Partial<Record<Argument, RegExp>>> = {
  number: /^-?\d+L?$/,
  float: /^[-+\d.eEinfa]+$/,
  quoted: /^(['"]).*\1$/s,
  names: /^[\p{L}_][\p{L}\p{N}_.]*$/u,
}

/** No data nests deeper: more marks are made to keep their reader busy. */
const MOST_MARKS = 1 << 16

/**
 * Walks through a pickle's opcodes, and those of the pickles behind it, up to what CPython would refuse or to the end of `bytes`, which are all of the file where
 * `isWhole`. What comes before that has been run by then: neither a missing end nor nonsense behind a call takes it back.
 */
export function weighPickle(bytes: Buffer, isWhole: boolean): PickleVerdict {
  const marks: number[] = []
  let [at, height]: [number, number] = [0, 0]
  let verdict: PickleVerdict = 'no'
  /** Whether something stands to be called, and whether a line so far was not as CPython writes it. */
  let [named, isOdd]: [boolean, boolean] = [false, false]
  while (at < bytes.length) {
    const code = String.fromCharCode(bytes[at++] ?? 0)
    if (code === '.') {
      if (height === 0) return verdict
      if (named) verdict = 'may'
      // A program may read another pickle behind it.
      marks.length = 0
      height = 0
      continue
    }
    const opcode = OPCODES.get(code)
    if (!opcode) return verdict
    const { argument, takes, gives, does } = opcode
    const read = readArgument(argument, bytes, at)
    if (read === 'none') return verdict
    if (read === 'beyond') break
    at = read.end
    isOdd ||= !read.fits
    if (code === '(' && marks.push(height) > MOST_MARKS) return 'may'
    // What stands below the last mark is not to be taken; `e` and `u` add to what stands there.
    const floor = marks.at(-1) ?? 0
    if (code === '0' && marks.length > 0 && height === floor) {
      marks.pop()
      continue
    }
    if (takes === 'mark') {
      const mark = marks.pop()
      if (mark === undefined || (code === 'o' && height === mark)) return verdict
      height = mark + gives
    } else {
      if (height - takes < floor) return verdict
      height += gives - takes
    }
    if (does === 'names' && read.fits) verdict = 'may'
    named ||= does === 'refers' || does === 'names' || code === 'i'
    // Of numbers, strings and collections alone nothing can be called.
    if (does !== 'calls' || !named) continue
    if (!isOdd) return 'runs'
    verdict = 'may'
  }
  return isWhole ? verdict : 'may'
}

/** Where an opcode's argument ends, and whether its lines are as CPython writes them. `none`: there is no argument; `beyond`: it ends behind what was given. */
function readArgument(argument: Argument, bytes: Buffer, at: number): { end: number; fits: boolean } | 'none' | 'beyond' {
  if (typeof argument === 'number') return within(at + argument, bytes)
  if (argument === 'length1') return at < bytes.length ? within(at + 1 + bytes.readUInt8(at), bytes) : 'beyond'
  if (argument === 'length4') return at + 4 <= bytes.length ? within(at + 4 + bytes.readUInt32LE(at), bytes) : 'beyond'
  if (argument === 'length8') return at + 8 <= bytes.length ? within(at + 8 + Number(bytes.readBigUInt64LE(at)), bytes) : 'beyond'
  let [end, fits] = [at, true]
  for (let lines = argument === 'names' ? 2 : 1; lines > 0; lines--) {
    const stop = bytes.indexOf('\n', end)
    // The last line may lack its end.
    const until = stop < 0 ? bytes.length : stop
    if (until === end && (stop < 0 || argument === 'names')) return 'none'
    fits &&= LINES[argument]?.test(bytes.toString('utf8', end, until).trimEnd()) !== false
    end = Math.min(until + 1, bytes.length)
  }
  return { end, fits }
}

function within(end: number, bytes: Buffer): { end: number; fits: boolean } | 'beyond' {
  return end <= bytes.length ? { end, fits: true } : 'beyond'
}
