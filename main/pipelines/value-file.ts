import { readProjectFile } from './paths.ts'
import { FILE_START, ProblemList } from './problem-list.ts'
import type { Outcome } from './problem-list.ts'
import { readYaml } from './yaml-source.ts'
import type { Located } from './yaml-source.ts'

/** What a file says, and the very bytes that say it. */
export interface ValueFile {
  readonly root: Located
  readonly bytes: Buffer
}

/**
 * Reads a JSON or YAML file of the project under the limits of `YAML_LIMITS`. The ending decides: `.json`, `.yaml`, `.yml`; TOML and
 * Python files, which DVC reads too, are refused by name.
 */
export async function readValueFile(projectDir: string, path: string, what: string): Promise<Outcome<ValueFile>> {
  const problems = new ProblemList(path)
  const refuse = (code: 'unsupported' | 'file-unreadable', message: string): Outcome<ValueFile> => {
    problems.add(code, FILE_START, message)
    return { ok: false, problems: problems.sorted() }
  }
  const ending = /\.[^./]*$/.exec(path)?.[0].toLowerCase() ?? ''
  if (!['.json', '.yaml', '.yml'].includes(ending)) {
    const kind = { '.toml': 'TOML', '.py': 'Python' }[ending] ?? (ending === '' ? 'Files without an ending' : `${ending} files`)
    return refuse('unsupported', `${kind} cannot be read as ${what} yet; write ${path} as .json, .yaml or .yml.`)
  }
  const file = await readProjectFile(projectDir, path)
  if (!file.ok) {
    problems.add(file.code, FILE_START, file.reason)
    return { ok: false, problems: problems.sorted() }
  }
  try {
    const read = readYaml(new TextDecoder('utf-8', { fatal: true }).decode(file.bytes), path)
    return read.ok ? { ok: true, value: { root: read.value, bytes: file.bytes } } : read
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return refuse('file-unreadable', `${path} is not UTF-8 text; save it as UTF-8.`)
  }
}
