import { parse } from 'ini'
import { readProjectFile } from './paths.ts'
import { FILE_START, type ProblemList } from './problem-list.ts'
import { DEFAULT_PARSING, type ParsingOptions } from './template-text.ts'

/** Of the project, the later before the earlier. What a user or a machine has for all of its projects does not decide what one runs. */
const FILES = ['.dvc/config', '.dvc/config.local']

const OPTIONS: { readonly [K in keyof ParsingOptions]: readonly ParsingOptions[K][] } = { bool: ['store_true', 'boolean_optional'], list: ['nargs', 'append'] }

/** The section `parsing` of a project's DVC configuration, where there is one. https://dvc.org/doc/user-guide/project-structure/configuration#parsing */
export async function readParsingOptions(projectDir: string, problems: ProblemList): Promise<ParsingOptions> {
  let options = DEFAULT_PARSING
  for (const path of FILES) {
    const file = await readProjectFile(projectDir, path)
    if (!file.ok) {
      if (file.code !== 'file-missing') problems.add(file.code, FILE_START, file.reason)
      continue
    }
    const section: unknown = parse(file.bytes.toString())['parsing']
    options = { bool: choice(section, 'bool', options.bool, path, problems), list: choice(section, 'list', options.list, path, problems) }
  }
  return options
}

function choice<K extends keyof typeof OPTIONS>(section: unknown, key: K, absent: ParsingOptions[K], path: string, problems: ProblemList): ParsingOptions[K] {
  const written: unknown = typeof section === 'object' && section !== null ? Object.getOwnPropertyDescriptor(section, key)?.value : undefined
  if (written === undefined) return absent
  const known = OPTIONS[key]
  const chosen = known.find((option) => option === written)
  if (chosen === undefined) problems.add('wrong-type', FILE_START, `${path} has ${JSON.stringify(written)} for parsing.${key}; it must be ${known.join(' or ')}.`)
  return chosen ?? absent
}
