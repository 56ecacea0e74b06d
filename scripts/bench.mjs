/** `npm run bench -- NAME [ARGUMENTS]`: runs bench/NAME.ts, which prints a figure a line: `line-name: VALUE unit (ratio R)`. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'bench')
const names = readdirSync(folder)
  .filter((file) => /^[a-z-]+\.ts$/.test(file))
  .map((file) => file.slice(0, -3))
const [name, ...args] = process.argv.slice(2)
if (!names.includes(name)) {
  process.stderr.write(`Usage: npm run bench -- ${names.join(' | ')}\n`)
  process.exit(2)
}
const { run } = await import(join(folder, `${name}.ts`))
await run((line) => process.stdout.write(`${line}\n`), args)
process.exit(0)
