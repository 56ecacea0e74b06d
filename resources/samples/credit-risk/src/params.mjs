import { readFileSync } from 'node:fs'

/**
 * Reads `params.yaml`. This sample runs without packages, so it understands the part of YAML that it uses: sections of `name: value`
 * lines, indented by two spaces, and comments. Anything else is refused with its line.
 */
export function readParams(section, path = 'params.yaml') {
  const sections = {}
  let current = null
  readFileSync(path, 'utf8').split('\n').forEach((raw, index) => {
    const line = raw.replace(/(^|\s)#.*$/, '').trimEnd()
    if (line === '') return
    const start = /^([a-z_]+):$/.exec(line)
    const entry = /^ {2}([a-z_]+): (\S+)$/.exec(line)
    if (start) {
      current = sections[start[1]] = {}
    } else if (entry && current) {
      current[entry[1]] = scalar(entry[2], `${path}, line ${index + 1}`)
    } else {
      throw new Error(`${path}, line ${index + 1}: "${raw}" is neither "section:" nor "  name: value"`)
    }
  })
  if (!sections[section]) throw new Error(`${path} has no section "${section}"`)
  return sections[section]
}

function scalar(text, where) {
  if (text === 'true') return true
  if (text === 'false') return false
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new Error(`${where}: "${text}" is neither a number nor true or false`)
}
