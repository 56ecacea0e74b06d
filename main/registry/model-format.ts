import { isUtf8 } from 'node:buffer'
import { weighPickle } from './pickle.ts'

// What a file of a model is, from its name and its bytes: nothing of it is loaded or run.

/** Of each file, as many bytes as its kind is told by. */
export const HEAD_BYTES = 16
/** Of a file that is looked into, as many bytes; of one that has more it is not said that it is data alone. */
export const LOOK_BYTES = 16 << 20

/** Whether loading a file can run code that it holds, and why. */
export interface CodeRisk {
  readonly runs: 'yes' | 'no' | 'unknown'
  /** A phrase about the file; empty for `no`. */
  readonly why: string
}

const PICKLE = 'a Python pickle: loading it runs what it says'
const ARCHIVE = 'an archive that was not looked into'
const TEMPLATE = 'a template: what it does is up to the program that fills it in'
const UNKNOWN = 'of a kind that is not known here'
const NAMES_CALL = 'it names what is to be called'
const NO_TEXT = 'not the text that its name says'

/** By the first bytes: these count whatever a file is called. */
const MAGIC: readonly (readonly [RegExp, CodeRisk])[] = [
  // Protocol 2 and later (PEP 307, PEP 3154).
  [/^\x80[\x02-\x05]/, { runs: 'yes', why: PICKLE }],
  [/^\x7fELF|^MZ|^\xcf\xfa\xed\xfe|^\xca\xfe\xba\xbe|^#!/, { runs: 'yes', why: 'a program' }],
]

/** As those, where its name tells no more: whatever such a file is called, it is not data alone. */
const CONTAINERS: readonly (readonly [RegExp, CodeRisk])[] = [
  // Zip, gzip, zlib (RFC 1950, 2.2), bzip2, xz, LZMA, Zstandard, LZ4, 7z, RAR.
  [/^PK(\x03\x04|\x05\x06|\x07\x08)|^\x1f\x8b|^x[\x01\x5e\x9c\xda]|^BZh|^\xfd7zXZ|^\x5d\x00\x00|^\x28\xb5\x2f\xfd|^\x04\x22\x4d\x18|^7z\xbc\xaf|^Rar!/, { runs: 'unknown', why: ARCHIVE }],
  [/^\x89HDF/, { runs: 'unknown', why: 'an HDF5 file, in which Keras keeps layers that may hold code' }],
  [/^\x93NUMPY/, { runs: 'unknown', why: 'a NumPy file, which may hold pickled objects' }],
]

/** By the ending of its name. What an archive or a container holds is not looked at. */
const ENDINGS: readonly (readonly [RegExp, CodeRisk])[] = [
  [/\.(pkl|pickle|joblib|dill|p)$/, { runs: 'yes', why: PICKLE }],
  [/\.(pt|pth|ckpt|bin|mar|nemo)$/, { runs: 'yes', why: 'a PyTorch file, which may be a pickle: loading it may run what it says' }],
  [/\.(h5|hdf5|keras)$/, { runs: 'yes', why: 'a Keras file, whose layers may hold code' }],
  [/\.(pb|pbtxt)$/, { runs: 'yes', why: 'a TensorFlow graph, which may read and write files' }],
  [/\.(npy|npz)$/, { runs: 'unknown', why: 'a NumPy file, which may hold pickled objects' }],
  [/\.(py|pyc|ipynb|sh|js|so|dll|dylib|exe|bat|cmd|jar|class|wasm|r|jl)$/, { runs: 'yes', why: 'a program' }],
  [/\.(zip|tar|gz|tgz|bz2|xz|7z|rar|zst)$/, { runs: 'unknown', why: ARCHIVE }],
  [/\.(jinja|jinja2|j2|tmpl|mustache|hbs|ejs|erb)$/, { runs: 'unknown', why: TEMPLATE }],
]

/** Text, and files that have no ending. */
const TEXT = /\.(json|txt|md|rst|csv|tsv|yaml|yml|toml|xml|model|tiktoken|vocab|merges|svg|pem|sig|gitattributes|gitignore)$|(^|\/)(licen[cs]e|notice|readme|changelog|citation)[^/.]*$/

/** Data alone, where the first bytes are those of the format. */
const DATA: readonly (readonly [RegExp, RegExp])[] = [
  // Eight bytes of a length, then a JSON object (the format's own description).
  [/\.safetensors$/, /^[^]{8}\{/],
  // A protobuf ModelProto begins with its first or second field.
  [/\.onnx$/, /^[\x08\x12]/],
  [/\.gguf$/, /^GGUF/],
  [/\.tflite$/, /^[^]{4}TFL3/],
  // SentencePiece's ModelProto begins with its pieces, and they with one that no text holds.
  [/\.model$/, /^\n[^]\n[^]<(unk|pad|s)>/],
  [TEXT, /^/],
  [/\.png$/, /^\x89PNG\r\n\x1a\n/],
  [/\.jpe?g$/, /^\xff\xd8\xff/],
  [/\.pdf$/, /^%PDF-/],
]

/** Which of `DATA` a file is by its name and first bytes. */
function dataOf(name: string, start: string): RegExp | undefined {
  return DATA.find(([ending, magic]) => ending.test(name) && magic.test(start))?.[0]
}

/** Whether loading the file can run code that it holds, by all that its name and its first `HEAD_BYTES` bytes tell. A `no` stands only once it is looked into. */
export function weighCode(path: string, head: Buffer): CodeRisk {
  const [name, start] = [path.toLowerCase(), head.toString('latin1')]
  const told = MAGIC.find(([magic]) => magic.test(start)) ?? ENDINGS.find(([ending]) => ending.test(name)) ?? CONTAINERS.find(([magic]) => magic.test(start))
  if (told) return told[1]
  return dataOf(name, start) ? { runs: 'no', why: '' } : { runs: 'unknown', why: UNKNOWN }
}

/** Whether its name and first bytes leave something to look for: what begins as data does can be a pickle of an early protocol, hold a template or name what is to be called. */
export function isLookedInto(path: string, head: Buffer): boolean {
  const { runs, why } = weighCode(path, head)
  return why === UNKNOWN || runs === 'no'
}

/** As `weighCode`, by the content of a file that is looked into: all of it, where `isWhole`, or its first `LOOK_BYTES` bytes. */
export function weighContent(path: string, content: Buffer, isWhole: boolean): CodeRisk {
  const head = content.subarray(0, HEAD_BYTES)
  const told = weighCode(path, head)
  const pickle = weighPickle(content, isWhole)
  if (pickle === 'runs') return { runs: 'yes', why: PICKLE }
  if (pickle === 'may') return { runs: 'unknown', why: 'it may be a Python pickle' }
  if (told.runs !== 'no') return told
  const name = path.toLowerCase()
  if (name.endsWith('.safetensors')) return hasTensorHeader(content) ? told : { runs: 'unknown', why: 'it has not the header that its name says' }
  const isText = dataOf(name, head.toString('latin1')) === TEXT
  if (isText) {
    const risk = weighText(name, content, isWhole)
    if (risk) return risk
  }
  if (name.endsWith('.gguf') && content.includes('chat_template')) return { runs: 'unknown', why: TEMPLATE }
  return isWhole || !(isText || name.endsWith('.gguf')) ? told : { runs: 'unknown', why: `larger than the ${LOOK_BYTES >> 20} MiB that are looked at` }
}

/** Its header is a JSON object of the length that it gives, at most 100 MB, and lies in what is looked at (github.com/huggingface/safetensors, Format). */
function hasTensorHeader(content: Buffer): boolean {
  const length = Number(content.readBigUInt64LE(0))
  return 8 + length <= content.length && isJson(content.subarray(8, 8 + length))
}

/** What a text names or makes; undefined where it does nothing. Programs that read YAML read JSON with the same reader, and one that ends in `.json` may be YAML. */
function weighText(name: string, content: Buffer, isWhole: boolean): CodeRisk | undefined {
  const text = content.toString('utf8').replace(/^\ufeff/, '')
  const isYaml = /\.ya?ml$/.test(name) || (name.endsWith('.json') && !isJson(Buffer.from(text)))
  if (isYaml && /!!python|tag:yaml\.org,2002:python/.test(text)) return { runs: 'yes', why: 'YAML with tags for Python objects: loading it may make them' }
  if (CONTROL.test(text) || (isWhole && !isUtf8(content))) return { runs: 'unknown', why: NO_TEXT }
  // A directive can give a tag another name.
  if (isYaml && (/^%TAG/m.test(text) || YAML_TAG.test(text))) return { runs: 'unknown', why: 'YAML with tags of its own, for which a program may run something' }
  if (text.includes('_target_') || (isYaml && YAML_ESCAPE.test(text))) return { runs: 'unknown', why: NAMES_CALL }
  if (/\.(json|ya?ml)$/.test(name) && /chat_template|\\u00[2-7]/i.test(text)) return { runs: 'unknown', why: TEMPLATE }
  return undefined
}

/** Whether it is JSON, of a depth and a number of lists and objects that are not made to keep its reader busy. */
function isJson(bytes: Buffer): boolean {
  if (isBoundless(bytes)) return false
  try {
    JSON.parse(bytes.toString('utf8'))
    return true
  } catch {
    return false
  }
}

const DEEPEST_JSON = 1000
const MOST_IN_JSON = 1_000_000

/** Whether brackets and braces outside of strings are deeper or more than those. */
function isBoundless(json: Buffer): boolean {
  let [depth, opened, isQuoted] = [0, 0, false]
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (byte === 0x22) isQuoted = !isQuoted
    else if (isQuoted && byte === 0x5c) at++
    else if (!isQuoted && (byte === 0x5b || byte === 0x7b) && (++depth > DEEPEST_JSON || ++opened > MOST_IN_JSON)) return true
    else if (!isQuoted && (byte === 0x5d || byte === 0x7d)) depth--
  }
  return false
}

/** What no text holds: control characters other than tab, line feed, form feed and carriage return. */
const CONTROL = /[^\P{Cc}\t\n\f\r]/u

/** A tag where a value may begin, other than those of YAML's own types (YAML 1.2.2, 10): one with a `%` in it too, which stands for another character. */
const YAML_TAG = /(^|[\s,:?[{-])!(?!!(?:str|int|float|bool|null|map|seq|set|omap|pairs|binary|timestamp|merge|value)(?![\w%]))/m

/** How a quoted key may spell a letter otherwise, or go on in the next line (YAML 1.2.2, 5.7). */
const YAML_ESCAPE = /\\(x[2-7]|u00[2-7]|U000000[2-7]|\r?\n)/

/** Formats by the names of their files; the first one that a model has a file of is its own. */
const FORMATS: readonly (readonly [string, RegExp])[] = [
  ['onnx', /\.onnx$/],
  ['safetensors', /\.safetensors$/],
  ['gguf', /\.gguf$/],
  ['tflite', /\.tflite$/],
  ['torch', /\.(pt|pth|ckpt)$|(^|\/)pytorch_model[^/]*\.bin$/],
  ['keras', /\.(keras|h5|hdf5)$/],
  ['tensorflow', /\.pb$/],
  ['pickle', /\.(pkl|pickle|joblib|dill)$/],
]

/** What a model of these files is called in the registry: `other` where no name tells. */
export function formatOf(paths: readonly string[]): string {
  return FORMATS.find(([, ending]) => paths.some((path) => ending.test(path.toLowerCase())))?.[0] ?? 'other'
}
