import { describe, expect, it } from 'vitest'
import { describeWait, DisplayName, readWait } from './people.ts'

it('the wait that is said is the wait that is counted down', () => expect(readWait(describeWait(90))).toBe(90))

describe('a display name', () => {
  it.each(['Zoë Müller', '東京 太郎', "Seán O'Brien-Smith", 'محمد', '3rd Approver'])('may be %s', (name) => expect(DisplayName.parse(name)).toBe(name))

  it.each([
    ['nothing to see', '\u200b\u200b'],
    ['a control sequence', 'Paul\u001b[2J'],
    ['a line of its own', 'Paul\nadmin'],
    ['an invisible difference', 'Pa\u00adul'],
    ['another direction', 'Paul\u202e'],
    ['signs alone', '...'],
  ])('has not %s', (_, name) => expect(DisplayName.safeParse(name).success).toBe(false))
})
