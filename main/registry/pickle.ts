// A Python pickle told by its opcodes (PEP 3154; CPython, Lib/pickletools.py): those of protocol 0 and 1 have no mark at their start. They are walked through, with the height of
// the stack that they would build, and nothing of it is built, imported or run.

/** `runs`: it is one whose loading imports or calls what it names. `may`: it begins like one, and goes on beyond what was given, or only names something. */
export type PickleVerdict = 'no' | 'may' | 'runs'

type Argument = number | 'line' | 'number' | 'float' | 'quoted' | 'name' | 'names' | 'length1' | 'length4' | 'length8'

/** What an opcode has after it, how many values it takes from the stack and gives back; `mark`: it takes all above the last mark, and that. */
interface Opcode {
  readonly argument: Argument
  readonly takes: number | 'mark'
  readonly gives: number
  /** `names`: something is imported; `calls`: it is called, too. */
  readonly does?: 'names' | 'calls'
}

const op = (argument: Argument, takes: Opcode['takes'], gives: number, does?: 'names' | 'calls'): Opcode => ({ argument, takes, gives, ...(does ? { does } : {}) })
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
  ...each('P', op('name', 0, 1, 'names')), ...each('Q', op(0, 1, 1, 'names')), ...each('\x82', op(1, 0, 1, 'names')), ...each('\x83', op(2, 0, 1, 'names')), ...each('\x84', op(4, 0, 1, 'names')),
  ...each('c', op('names', 0, 1, 'names')), ...each('\x93', op(0, 2, 1, 'names')),
  ...each('i', op('names', 'mark', 1, 'calls')), ...each('o', op(0, 'mark', 1, 'calls')), ...each('R\x81', op(0, 2, 1, 'calls')), ...each('\x92', op(0, 3, 1, 'calls')), ...each('b', op(0, 2, 1, 'calls')),
])

const LINES: Readonly<Partial<Record<Argument, RegExp>>> = {
  line: /^/,
  number: /^-?\d{1,400}L?$/,
  float: /^[-+\d.eEinfa]{1,400}$/,
  quoted: /^(['"]).*\1$/s,
  name: /^\S/,
  names: /^\S+$/,
}
/** Beyond this it is no line of a pickle. */
const LONGEST_LINE = 1 << 16

/** Reads a pickle's opcodes up to its end, or to that of `bytes`, which are all of the file where `isWhole`. What follows its end, a program that loads it never sees. */
export function weighPickle(bytes: Buffer, isWhole: boolean): PickleVerdict {
  const marks: number[] = []
  let [at, height, done]: [number, number, Opcode['does']] = [0, 0, undefined]
  const verdict = (): PickleVerdict => (done === undefined ? 'no' : done === 'calls' ? 'runs' : 'may')
  while (at < bytes.length) {
    const code = String.fromCharCode(bytes[at++] ?? 0)
    if (code === '.') return height > 0 ? verdict() : 'no'
    const opcode = OPCODES.get(code)
    if (!opcode) return 'no'
    const { argument, takes, gives, does } = opcode
    const end = endOf(argument, bytes, at)
    if (end === 'no') return 'no'
    if (end === 'beyond') break
    at = end
    if (code === '(') marks.push(height)
    // What stands below the last mark is not to be taken; `e` and `u` add to what stands there.
    const floor = marks.at(-1) ?? 0
    if (code === '0' && marks.length > 0 && height === floor) {
      marks.pop()
      continue
    }
    if (takes === 'mark') {
      const mark = marks.pop()
      if (mark === undefined || (code === 'o' && height === mark)) return 'no'
      height = mark + gives
    } else {
      if (height - takes < floor) return 'no'
      height += gives - takes
    }
    if (does !== undefined && done !== 'calls') done = does
  }
  return isWhole || done === undefined ? 'no' : 'may'
}

/** Where an opcode's argument ends. `beyond`: behind what was given. */
function endOf(argument: Argument, bytes: Buffer, at: number): number | 'no' | 'beyond' {
  if (typeof argument === 'number') return within(at + argument, bytes)
  if (argument === 'length1') return at < bytes.length ? within(at + 1 + bytes.readUInt8(at), bytes) : 'beyond'
  if (argument === 'length4') return at + 4 <= bytes.length ? within(at + 4 + bytes.readUInt32LE(at), bytes) : 'beyond'
  if (argument === 'length8') return at + 8 <= bytes.length ? within(at + 8 + Number(bytes.readBigUInt64LE(at)), bytes) : 'beyond'
  let end = at
  for (let lines = argument === 'names' ? 2 : 1; lines > 0; lines--) {
    const stop = bytes.indexOf('\n', end)
    if (stop < 0) return bytes.length - end > LONGEST_LINE ? 'no' : 'beyond'
    if (LINES[argument]?.test(bytes.toString('utf8', end, stop).trimEnd()) !== true) return 'no'
    end = stop + 1
  }
  return end
}

function within(end: number, bytes: Buffer): number | 'beyond' {
  return end <= bytes.length ? end : 'beyond'
}
