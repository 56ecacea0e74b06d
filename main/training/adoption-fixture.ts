/** An orchestrator's process for tests that kill it: starts a run in the workplace of the folder given and says when its stages run. */
import { openTestWorkplace } from './test-workplace.ts'

const folder = process.argv[2]
if (folder === undefined) throw new Error('give the folder')
const workplace = await openTestWorkplace(folder)
const counted = (name: string, rest: string): string => `echo once >> ../${name}.count; ${rest}`
const waitFor = (path: string): string => `while [ ! -e ${path} ]; do sleep 0.02; done`
const run = await workplace.start({
  quick: { cmd: counted('quick', 'touch quick.txt'), outs: ['quick.txt'] },
  meanwhile: { cmd: counted('meanwhile', `${waitFor('../go-meanwhile')}; touch meanwhile.txt`), outs: ['meanwhile.txt'] },
  slow: { cmd: counted('slow', `${waitFor('../go-slow')}; touch slow.txt`), outs: ['slow.txt'] },
  lost: { cmd: counted('lost', `trap '' HUP TERM; ${waitFor('../never')}`), outs: [] },
  after: { cmd: counted('after', 'touch after.txt'), deps: ['quick.txt', 'slow.txt', 'meanwhile.txt'], outs: ['after.txt'] },
})
const recorded = (): number => new Set(workplace.events.flatMap((event) => (event.type === 'terminal.grew' ? [event.stage] : []))).size
await workplace.until(() => workplace.stageOf(run, 'quick').state === 'succeeded' && recorded() === 4)
process.stdout.write(`running ${run}\n`)
