import type { Json } from './pack-builder.ts'
import type { Random } from './random.ts'

// Alterations of JSON: of the value (what is said) and of its text (how it is written). Both only ever make one change.

type Path = readonly (string | number)[]
type Members = { readonly [name: string]: Json }

export interface Altered<T> {
  readonly value: T
  /** What was done, in words. */
  readonly how: string
}

/** Characters that programs see differently: invisible ones, spaces of all kinds, line ends, astral ones, and those of paths and names. */
export const ODD_CHARACTERS = [
  ...['\ufeff', '\u200b', '\u00a0', '\u0085', '\u2028', '\u3000', '\u180e', '\u001c', '\u0000', '\u007f', '\u009f', '\u00ad', '\u202e', '\u1680'],
  ...[' ', '\t', '\n', '\r', '\v', '\f', '+', '/', '\\', '"', '\'', '.', '~', '=', '-', '_', ':', '0', 'A', 'é', 'e\u0301', '\u0661', '\ud83d\ude00', '\ufb33', '\uff0f'],
]

const ODD_VALUES: readonly Json[] = [
  ...[null, true, false, 0, 1, -1, 2, 5, 13, 14, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1), 1e8],
  ...['', ' ', 'x', '0', '1', 'null', 'staging', 'production', 'p-approver', 'p-engineer', 'p-admin', 'r-1', 'r-2', 'A', 'A-1', 'A-2', 'F0001', 'F0002', 'act', '__proto__', 'constructor'],
  ...[[], {}, [[]], [null], [''], { a: 1 }, ['F0001'], [0]],
]

/** What stands where something of that look stood. */
const LOOKS: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^\d{4}-\d\d-\d\d$/,
    ['2026-02-29', '2024-02-29', '1900-02-29', '2000-02-29', '2026-02-30', '2026-13-01', '2026-00-10', '2026-04-31', '2026-12-31', '0000-01-01', '0001-01-01', '9999-12-31', '2026-1-1', '20261123', '2026-W47-1', ' 2026-11-23', '2026-11-23\n', '+002026-11-23', '٢٠٢٦-11-23'],
  ],
  [
    /^\d{4}-\d\d-\d\dT/,
    ['2026-11-23T24:00:00Z', '2026-11-23T23:59:60Z', '2026-11-23T23:60:00Z', '2026-11-23T09:00:00Z', '2026-11-23T09:00:00.Z', '2026-11-23T09:00:00.123456789012Z', '2026-02-30T00:00:00Z', '2026-11-23T09:00:00z', '2026-11-23t09:00:00Z', '2026-11-23T09:00:00+00:00', '2026-11-23T09:00Z', '2026-11-23 09:00:00Z', '0000-01-01T00:00:00Z', '2024-02-29T00:00:00Z', '2026-11-23T09:00:00,1Z', '2026-11-23T09:00:00.000Z\n', 'T09:00:00Z'],
  ],
  [/^[0-9a-f]{64}$/, ['0'.repeat(64), 'F'.repeat(64), '0'.repeat(63), '0'.repeat(65), `${'0'.repeat(64)}\n`, '']],
  [/^[A-Za-z0-9+/]{43}=$/, [`${'A'.repeat(43)}=`, `${'A'.repeat(42)}B=`, 'AAAA', 'A'.repeat(43), `${'A'.repeat(43)}=\n`, `${'_'.repeat(43)}=`, ` ${'A'.repeat(43)}=`]],
  [/^\//, ['', '/', '/detail', '/seq', '/v', '/time', '/detail/outs/0/path', '/detail/outs/00/path', '/detail/outs/-/path', '/subject/0', '/~', '/~2', '/~01', 'detail', '/commitments', '/detail/__proto__', '/actor/length', '/detail/outs/length', '/detail/outs/4294967296', '/detail/outs/10000000000', '/detail/outs/١', '/accuracy', '/rows']],
  [/^F\d{4,}$/, ['F0000', 'F00001', 'F10000', 'F9999', 'F999', 'F000١', 'f0001', 'F0001 ', 'F0001\n', 'F9007199254740993']],
  [/^data\/frameworks\//, ['data/frameworks/rmf.json', 'data/frameworks/../pack.json', 'data/frameworks/a/b.json', 'README.txt', 'data/pack.json', 'data/frameworks/.json', 'data/frameworks/ACT.json']],
]

/** Changes a value in one place. */
export function alterJson(random: Random, value: Json): Altered<Json> {
  const paths = [...everyPath(value)]
  const path = random.pick(paths)
  const found = valueAt(value, path)
  const { value: changed, how } = random.pick(changesOf(found))(random, found, value)
  return { value: changed === undefined ? withoutPath(value, path) : withValueAt(value, path, changed), how: `${how} at /${path.join('/')}` }
}

type Change = (random: Random, found: Json, root: Json) => { value: Json | undefined; how: string }

function changesOf(found: Json): readonly Change[] {
  const any: Change[] = [
    (random) => say(random.pick(ODD_VALUES), 'an odd value'),
    () => say(undefined, 'removed'),
    (random, _, root) => say(valueAt(root, random.pick([...everyPath(root)])), 'a value from elsewhere'),
    (_, value) => say([value], 'in a list'),
  ]
  if (typeof found === 'string') return [...any, changeText, changeText, changeText, changeText]
  if (typeof found === 'number') return [...any, (random, value) => say((value as number) + random.pick([1, -1, 10]), 'a number near it'), (_, value) => say(String(value), 'as a string')]
  if (isList(found)) return [...any, changeList, changeList, changeList, changeList]
  if (isMembers(found)) return [...any, changeMembers, changeMembers, changeMembers, changeMembers]
  return any
}

function changeText(random: Random, found: Json): { value: Json; how: string } {
  const text = found as string
  const looks = LOOKS.filter(([look]) => look.test(text)).flatMap(([, others]) => others)
  if (looks.length > 0 && random.chance(0.6)) return say(random.pick(looks), 'another of its look')
  const characters = [...text]
  const at = random.int(characters.length + 1)
  const odd = random.pick(ODD_CHARACTERS)
  return random.pick([
    () => say([...characters.slice(0, at), odd, ...characters.slice(at)].join(''), `with ${JSON.stringify(odd)} in it`),
    () => say(text + odd, `with ${JSON.stringify(odd)} after it`),
    () => say(odd + text, `with ${JSON.stringify(odd)} before it`),
    () => say([...characters.slice(0, at), ...characters.slice(at + 1)].join(''), 'without a character'),
    () => say([...characters.slice(0, at), odd, ...characters.slice(at + 1)].join(''), `with ${JSON.stringify(odd)} for a character`),
    () => say(text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase(), 'in the other case'),
    () => say(text.repeat(2), 'twice over'),
    () => say(odd, `${JSON.stringify(odd)} alone`),
  ])()
}

function changeList(random: Random, found: Json): { value: Json; how: string } {
  const list = found as readonly Json[]
  const at = random.int(list.length)
  const other = random.int(list.length)
  const copy = list[at] ?? null
  return random.pick([
    () => say(list.filter((_, i) => i !== at), `without element ${at}`),
    () => say([...list.slice(0, at), copy, ...list.slice(at)], `with element ${at} twice`),
    () => say([...list, copy], `with element ${at} again at the end`),
    () => say([...list].reverse(), 'reversed'),
    () => say(list.map((each, i) => (i === at ? (list[other] ?? null) : i === other ? copy : each)), `with elements ${at} and ${other} exchanged`),
    () => say([...list, random.pick(ODD_VALUES)], 'with an odd element'),
    () => say([], 'emptied'),
  ])()
}

function changeMembers(random: Random, found: Json): { value: Json; how: string } {
  const members = Object.entries(found as Members)
  const [name = 'x', value = null] = members[random.int(members.length)] ?? []
  const others = members.filter(([each]) => each !== name)
  const odd = random.pick(['more', '', '__proto__', 'toString', 'length', '\ufeff', `${name} `, '\ud83d\ude00', 'document', 'until'])
  return random.pick([
    () => say(Object.fromEntries(others), `without ${name}`),
    () => say(Object.fromEntries([...others, [odd, value]]), `with ${name} called ${JSON.stringify(odd)}`),
    () => say(Object.fromEntries([...members, [odd, random.pick(ODD_VALUES)]]), `with a member ${JSON.stringify(odd)}`),
    () => say(Object.fromEntries([...others, [name, random.pick(ODD_VALUES)]]), `with an odd ${name}`),
    () => {
      const [other = name, otherValue = value] = members[random.int(members.length)] ?? []
      return say({ ...(found as Members), [name]: otherValue, [other]: value }, `with ${name} and ${other} exchanged`)
    },
  ])()
}

function say<T extends Json | undefined>(value: T, how: string): { value: T; how: string } {
  return { value, how }
}

function* everyPath(value: Json, path: Path = []): Generator<Path> {
  yield path
  if (isList(value)) for (const [i, each] of value.entries()) yield* everyPath(each, [...path, i])
  else if (isMembers(value)) for (const [name, each] of Object.entries(value)) yield* everyPath(each, [...path, name])
}

function valueAt(root: Json, path: Path): Json {
  return path.reduce<Json>((value, name) => (Object.getOwnPropertyDescriptor(value, name)?.value as Json | undefined) ?? null, root)
}

function withValueAt(root: Json, [name, ...rest]: Path, value: Json): Json {
  if (name === undefined) return value
  if (isList(root)) return root.map((each, i) => (i === name ? withValueAt(each, rest, value) : each))
  return Object.fromEntries(Object.entries(root as Members).map(([each, old]) => [each, each === name ? withValueAt(old, rest, value) : old]))
}

function withoutPath(root: Json, path: Path): Json {
  const [name, ...rest] = path
  if (name === undefined) return null
  if (rest.length > 0) return withValueAt(root, [name], withoutPath(valueAt(root, [name]), rest))
  if (isList(root)) return root.filter((_, i) => i !== name)
  return Object.fromEntries(Object.entries(root as Members).filter(([each]) => each !== name))
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

export function isMembers(value: Json): value is Members {
  return typeof value === 'object' && value !== null && !isList(value)
}

const NUMBER_FORMS = ['1.0', '1e0', '01', '+1', '-0', '0.0', '-0.0', '1E400', '-1e400', '1e-400', '1.', '.5', '0.5', '5e-324', '1e21', '1e20', '123456789012345680000', '9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740992', `1${'0'.repeat(400)}`, `0.${'0'.repeat(999)}1`, `0.${'0'.repeat(1200)}1`, `${'9'.repeat(5000)}`, 'NaN', 'Infinity', '-Infinity', '0x10', '1_000', '1١', '١', '--1', '1e', '1e+', 'True', 'nul']

/** Writes a JSON text in another way, or not as JSON: of one value there is only one canonical text. */
export function alterJsonText(random: Random, text: string): Altered<Buffer> {
  const { value, how } = random.pick(TEXT_CHANGES)(random, text)
  return { value: typeof value === 'string' ? Buffer.from(value) : value, how }
}

type TextChange = (random: Random, text: string) => { value: string | Buffer; how: string }

const TEXT_CHANGES: readonly TextChange[] = [
  (random, text) => {
    const space = random.pick([' ', '\n', '\r\n', '\t', '\r', '\ufeff', '\u00a0', '\f', '\v', '\u2028', '\u0000'])
    return { value: insertAt(text, random.pick([0, text.length, ...placesOf(text, /[{}[\],:]/g)]), space), how: `with ${JSON.stringify(space)} between` }
  },
  (random, text) => {
    const [member = '', name = '', value = ''] = random.pick([...text.matchAll(/"([^"\\]+)":("[^"\\]*"|-?\d+|\[\]|null)/g), []])
    const again = random.pick([member, `"${name}":null`, `"${name}":1`, `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}":${value}`])
    return { value: text.replace(member, () => random.pick([`${again},${member}`, `${member},${again}`])), how: `with the member ${name} twice` }
  },
  (random, text) => {
    const form = random.pick(NUMBER_FORMS)
    return { value: replaceOne(random, text, /(?<=[:[,]\s*)-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=\s*[,\]}])/g, () => form), how: `with the number ${form.slice(0, 30)}` }
  },
  (random, text) => {
    const form = random.pick(['\\u0041', '\\/', '\\x41', '\\ud800', '\\udc00', '\\ud83d\\ude00', '\\uD83D\\uDE00', '\u0001', '\u007f', '\u2028', '\\u12', '\\u 041', '\\u+041', '\\u00e9', '\\n', '\\u000a', '\n', '\\', '\\0', '\\U0041', '\ufeff', '\ud83d\ude00', '\\u0000'])
    return { value: replaceOne(random, text, /(?<=")[A-Za-z0-9]/g, (found) => form + found), how: `with ${JSON.stringify(form)} in a string` }
  },
  (random, text) => {
    const deep = random.pick([60, 61, 62, 63, 64, 65, 66, 200, 20_000])
    const nest = random.pick([`${'['.repeat(deep)}${']'.repeat(deep)}`, `${'['.repeat(deep)}0${']'.repeat(deep)}`, `${'{"a":'.repeat(deep)}0${'}'.repeat(deep)}`, '['.repeat(deep)])
    return { value: replaceOne(random, text, /(?<=[:[,]\s*)("[^"\\]*"|-?\d+|\[\]|null)(?=\s*[,\]}])/g, () => nest), how: `with ${deep} levels` }
  },
  (random, text) => ({ value: text.slice(0, random.int(text.length)), how: 'cut short' }),
  (random, text) => ({ value: text + random.pick(['}', ']', 'x', '{}', '\u0000', '//', text, ',']), how: 'with something after it' }),
  (_, text) => ({ value: text.replaceAll('"', '\''), how: 'in single quotes' }),
  (random, text) => ({ value: replaceOne(random, text, /[}\]]/g, (found) => `,${found}`), how: 'with a comma too many' }),
  (random) => ({ value: random.pick(['', ' ', 'null', '0', '""', '[]', '{}', '[null]', '[{}]', '{"a":1}', 'NaN', '\ufeff', '1e999']), how: 'another value altogether' }),
  (random, text) => {
    const bytes = Buffer.from(text)
    const at = random.pick([0, bytes.length, random.int(bytes.length + 1)])
    const odd = Buffer.from(random.pick(['ff', 'c080', 'eda080', 'f4908080', 'e282', 'efbbbf', 'fffe', '00', '80']), 'hex')
    return { value: Buffer.concat([bytes.subarray(0, at), odd, bytes.subarray(at)]), how: `with the bytes ${odd.toString('hex')}` }
  },
]

function insertAt(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at)
}

function placesOf(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(({ index }) => index)
}

/** Replaces one of the matches. */
export function replaceOne(random: Random, text: string, pattern: RegExp, by: (found: string) => string): string {
  const matches = [...text.matchAll(pattern)]
  if (matches.length === 0) return text
  const { 0: found, index } = random.pick(matches)
  return text.slice(0, index) + by(found) + text.slice(index + found.length)
}
