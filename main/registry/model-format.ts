// What a file of a model is, from its name and its first bytes: nothing of it is parsed, loaded or run.

/** Of each file, as many bytes as its kind is told by. */
export const HEAD_BYTES = 16

/** Whether loading a file can run code that it holds, and why. */
export interface CodeRisk {
  readonly runs: 'yes' | 'no' | 'unknown'
  /** A phrase about the file; empty for `no`. */
  readonly why: string
}

const PICKLE = 'a Python pickle: loading it runs what it says'
const ARCHIVE = 'an archive that was not looked into'

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
]

/** Data alone, where the first bytes are those of the format. */
const DATA: readonly (readonly [RegExp, RegExp])[] = [
  // Eight bytes of a length, then a JSON object (the format's own description).
  [/\.safetensors$/, /^[^]{8}\{/],
  // A protobuf ModelProto begins with its first or second field.
  [/\.onnx$/, /^[\x08\x12]/],
  [/\.gguf$/, /^GGUF/],
  [/\.tflite$/, /^[^]{4}TFL3/],
  [/\.(json|txt|md|rst|csv|tsv|yaml|yml|toml|xml|model|tiktoken|vocab|merges|jinja|png|jpe?g|svg|pdf|sig|pem|gitattributes|gitignore)$|(^|\/)(licen[cs]e|notice|readme|changelog|citation)[^/.]*$/, /^/],
]

/** Whether loading the file can run code that it holds, by all that its name and its first `HEAD_BYTES` bytes tell. */
export function weighCode(path: string, head: Buffer): CodeRisk {
  const [name, start] = [path.toLowerCase(), head.toString('latin1')]
  const told = MAGIC.find(([magic]) => magic.test(start)) ?? ENDINGS.find(([ending]) => ending.test(name))
  if (told) return told[1]
  if (DATA.some(([ending, magic]) => ending.test(name) && magic.test(start))) return { runs: 'no', why: '' }
  if (start.startsWith('PK\x03\x04')) return { runs: 'unknown', why: ARCHIVE }
  return { runs: 'unknown', why: 'of a kind that is not known here' }
}

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
