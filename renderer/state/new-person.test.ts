import { describe, expect, it } from 'vitest'
import { NOBODY, personProblems } from './new-person.tsx'

const erin = { displayName: 'Erin', handle: 'erin', passphrase: 'correct horse', again: 'correct horse' }

describe('what is wrong with a new person', () => {
  it('is nothing when every field holds', () => {
    expect(personProblems(erin)).toEqual({})
  })

  it('is said of each field that is empty, and of the second passphrase only once the first holds', () => {
    expect(Object.keys(personProblems(NOBODY))).toEqual(['displayName', 'handle', 'passphrase'])
  })

  it('tells how many characters a short passphrase lacks', () => {
    expect(personProblems({ ...erin, passphrase: 'short', again: '' }).passphrase).toBe('5 more characters at least.')
  })

  it('tells that the two passphrases differ', () => {
    expect(personProblems({ ...erin, again: 'correct house' })).toEqual({ again: 'The two passphrases differ.' })
  })

  it('refuses what the orchestrator would refuse: capitals in the sign-in name, a passphrase without end', () => {
    expect(Object.keys(personProblems({ ...erin, handle: 'Erin' }))).toEqual(['handle'])
    const endless = 'x'.repeat(1025)
    expect(Object.keys(personProblems({ ...erin, passphrase: endless, again: endless }))).toEqual(['passphrase'])
  })
})
