import type { Executor } from '../../../shared/contract/index.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

type ExecutorMethods = 'executors.list' | 'executors.set' | 'executors.check' | 'executors.remove'

export function answerExecutors(workplace: Workplace): Pick<Answers, ExecutorMethods> {
  const list = () => workplace.ready().training.executors
  /** Entries know who set one by id; people are shown by name. */
  const named = (executor: Executor): Executor => ({ ...executor, addedBy: workplace.ready().people.nameOf(executor.addedBy) })
  return {
    'executors.list': () => list().list().map(named),
    'executors.set': ({ name, config }, call) => named(list().set(call.actor(), name, config)),
    'executors.check': async ({ name }) => {
      const lines = await workplace.ready().training.check(name)
      return { name, ok: lines.every(({ ok }) => ok), lines }
    },
    'executors.remove': ({ name, reason }, call) => ({ name, entry: list().remove(call.actor(), name, reason) }),
  }
}
