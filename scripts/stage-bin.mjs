/** Writes the folder that stands first on a stage's PATH: `node` is the pinned one, `strongroom` this build. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/**
 * @param {string} folder written anew.
 * @param {{node: string, cli: string}} targets absolute, or relative to the folder with `/`, so that an installation may lie anywhere.
 */
export function writeStageBin(folder, targets) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const write = process.platform === 'win32' ? writeCmd : writeSh
  write(folder, 'node', [targets.node])
  write(folder, 'strongroom', [targets.node, targets.cli])
}

/** Words that are relative are found from the file itself, through the link that a person may have put on their own PATH. */
function writeSh(folder, name, words) {
  const quoted = words.map((word) => (isAbsolute(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"$here/${word}"`))
  const here = words.every((word) => isAbsolute(word)) ? '' : 'here=$(dirname "$(readlink -f "$0")")\n'
  writeFileSync(join(folder, name), `#!/bin/sh\n${here}exec ${quoted.join(' ')} "$@"\n`)
  chmodSync(join(folder, name), 0o755)
}

/** `%` begins a variable in a batch file, in quotes too. */
function writeCmd(folder, name, words) {
  const quoted = words.map((word) => (isAbsolute(word) ? `"${word.replaceAll('%', '%%')}"` : `"%~dp0${word.replaceAll('/', '\\')}"`))
  writeFileSync(join(folder, `${name}.cmd`), `@${quoted.join(' ')} %*\r\n`)
}
