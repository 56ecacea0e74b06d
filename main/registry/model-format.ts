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

/** By the first bytes: these count whatever a file is called. */
const MAGIC: readonly (readonly [RegExp, CodeRisk])[] = [
  // Protocol 2 and later (PEP 307, PEP 3154).
  [/^\x80[\x02-\x05]/, { runs: 'yes', why: PICKLE }],
  [/^\x7fELF|^MZ|^\xcf\xfa\xed\xfe|^\xca\xfe\xba\xbe|^#!/, { runs: 'yes', why: 'a program' }],
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
const TEXT = /\.(json|txt|md|rst|csv|tsv|yaml|yml|toml|xml|model|tiktoken|vocab|merges|svg|pem|gitattributes|gitignore)$|(^|\/)(licen[cs]e|notice|readme|changelog|citation)[^/.]*$/

/** Data alone, where the first bytes are those of the format. */
const DATA: readonly (readonly [RegExp, RegExp])[] = [
  // Eight bytes of a length, then a JSON object (the format's own description).
  [/\.safetensors$/, /^[^]{8}\{/],
  // A protobuf ModelProto begins with its first or second field.
  [/\.onnx$/, /^[\x08\x12]/],
  [/\.gguf$/, /^GGUF/],
  [/\.tflite$/, /^[^]{4}TFL3/],
  [TEXT, /^/],
  [/\.(png|jpe?g|pdf|sig)$/, /^/],
]

/** Whether loading the file can run code that it holds, by all that its name and its first `HEAD_BYTES` bytes tell. */
export function weighCode(path: string, head: Buffer): CodeRisk {
  const [name, start] = [path.toLowerCase(), head.toString('latin1')]
  const told = MAGIC.find(([magic]) => magic.test(start)) ?? ENDINGS.find(([ending]) => ending.test(name))
  if (told) return told[1]
  if (DATA.some(([ending, magic]) => ending.test(name) && magic.test(start))) return { runs: 'no', why: '' }
  if (start.startsWith('PK\x03\x04')) return { runs: 'unknown', why: ARCHIVE }
  return { runs: 'unknown', why: UNKNOWN }
}

/** Whether its name and first bytes leave something to look for: text can be a pickle of an early protocol, hold a template or name what is to be called. */
export function isLookedInto(path: string, head: Buffer): boolean {
  const { runs, why } = weighCode(path, head)
  return why === UNKNOWN || (runs === 'no' && (TEXT.test(path.toLowerCase()) || head.toString('latin1').startsWith('GGUF')))
}

/** As `weighCode`, by the content of a file that is looked into: all of it, where `isWhole`, or its first `LOOK_BYTES` bytes. */
export function weighContent(path: string, content: Buffer, isWhole: boolean): CodeRisk {
  const told = weighCode(path, content.subarray(0, HEAD_BYTES))
  const pickle = weighPickle(content, isWhole)
  if (pickle === 'runs') return { runs: 'yes', why: PICKLE }
  if (pickle === 'may') return { runs: 'unknown', why: 'it may be a Python pickle' }
  if (told.runs !== 'no') return told
  const name = path.toLowerCase()
  const text = content.toString('latin1')
  if (/\.ya?ml$/.test(name)) {
    if (/!!python|tag:yaml\.org,2002:python/.test(text)) return { runs: 'yes', why: 'YAML with tags for Python objects: loading it may make them' }
    // In UTF-16 a tag is spelt otherwise; a directive can give it another name.
    if (text.includes('\0') || /^%TAG/m.test(text) || YAML_TAG.test(text)) return { runs: 'unknown', why: 'YAML with tags of its own, for which a program may run something' }
    if (/^[\s?-]*["']?_target_["']?\s*:/m.test(text)) return { runs: 'unknown', why: 'YAML that names what is to be called' }
  }
  if ((/\.json$/.test(name) && /chat_template|\\u00[2-7]/i.test(text)) || (text.startsWith('GGUF') && text.includes('chat_template'))) return { runs: 'unknown', why: TEMPLATE }
  return isWhole ? told : { runs: 'unknown', why: `larger than the ${LOOK_BYTES >> 20} MiB that are looked at` }
}

/** A tag where a value may begin, other than those of YAML's own types (YAML 1.2.2, 10). */
const YAML_TAG = /(^|[\s,:?[{-])!(?!!(?:str|int|float|bool|null|map|seq|set|omap|pairs|binary|timestamp|merge|value)(?![\w%]))/m

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
