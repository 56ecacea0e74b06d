import { describe, expect, it } from 'vitest'
import { programWord } from './environment.ts'

describe('the program of a command', () => {
  it.each([
    ['python3 train.py --lr 0.1', 'python3'],
    ['  ./train.sh', './train.sh'],
    [`'/opt/my tools/run' x`, '/opt/my tools/run'],
    ['"python3" x', 'python3'],
    ['SEED=1 OUT="a b" node x.mjs', 'node'],
    ['make;true', 'make'],
  ])('of %s is %s', (command, program) => expect(programWord(command)).toBe(program))

  it.each(['$PYTHON x', '(cd a && b)', 'for i in 1 2; do x; done', 'cd sub && python x', '', 'X=$(date) python', '`which python` x', '> out.txt'])(
    'is not guessed for %s',
    (command) => expect(programWord(command)).toBeNull(),
  )
})
