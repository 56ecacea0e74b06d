/** `npm run soak -- ledger [--kills N]`: kills a process that commits, again and again, and says what survived. What the tests do 200 times. */
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { kills: { type: 'string', default: '5000' } } })
if (positionals.join() !== 'ledger' || !/^[1-9]\d*$/.test(values.kills)) {
  process.stderr.write('Usage: npm run soak -- ledger [--kills 5000]\n')
  process.exit(2)
}
const { surviveKills } = await import('../main/ledger/kills/kills.ts')
const began = performance.now()
const { kills, entries, unsaid } = await surviveKills(Number(values.kills), {
  onKill: (done) => {
    if (done % 100 === 0) process.stdout.write(`${done} kills\n`)
  },
})
const seconds = ((performance.now() - began) / 1000).toFixed(0)
process.stdout.write(`kills survived: ${kills}; ${entries} entries, every acknowledged one there, all verified; ${unsaid} times an entry was on the disk that nobody had been told of; ${seconds} s\n`)
process.exit(0)
