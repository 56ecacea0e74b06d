import { readProjectFile } from './paths.ts'
import { FILE_START, ProblemList } from './problem-list.ts'
import type { Outcome } from './problem-list.ts'
import { readPython } from './python-source.ts'
import { readToml } from './toml-source.ts'
import { readYaml } from './yaml-source.ts'
import type { Located } from './yaml-source.ts'

/** What a file says, and the very bytes that say it. */
export interface ValueFile {
  readonly root: Located
  readonly bytes: Buffer
}

const READERS: Readonly<Record<string, (text: string, file: string) => Outcome<Located>>> = {
  '.json': readYaml,
  '.yaml': readYaml,
  '.yml': readYaml,
  '.toml': readToml,
  '.py': readPython,
}

/** Reads a file of values of the project under the limits of `YAML_LIMITS`. Its ending says whether it is JSON, YAML, TOML or Python, which are those that DVC reads. */
export async function readValueFile(projectDir: string, path: string, what: string): Promise<Outcome<ValueFile>> {
  const problems = new ProblemList(path)
  const refuse = (code: 'unsupported' | 'file-unreadable', message: string): Outcome<ValueFile> => {
    problems.add(code, FILE_START, message)
    return { ok: false, problems: problems.sorted() }
  }
  const ending = /\.[^./]*$/.exec(path)?.[0].toLowerCase() ?? ''
  const reader = READERS[ending]
  if (!reader) return refuse('unsupported', `${ending === '' ? 'Files without an ending' : `${ending} files`} cannot be read as ${what}; write ${path} as .yaml, .json, .toml or .py.`)
  const file = await readProjectFile(projectDir, path)
  if (!file.ok) {
    problems.add(file.code, FILE_START, file.reason)
    return { ok: false, problems: problems.sorted() }
  }
  try {
    const read = reader(new TextDecoder('utf-8', { fatal: true }).decode(file.bytes), path)
    return read.ok ? { ok: true, value: { root: read.value, bytes: file.bytes } } : read
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return refuse('file-unreadable', `${path} is not UTF-8 text; save it as UTF-8.`)
  }
}
