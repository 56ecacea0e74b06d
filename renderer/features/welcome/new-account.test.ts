import { describe, expect, it } from 'vitest'
import { accountProblems, EMPTY_ACCOUNT } from './new-account.ts'

describe('a new account', () => {
  it('needs a name, a sign-in name and a passphrase', () => {
    expect(Object.keys(accountProblems(EMPTY_ACCOUNT))).toEqual(['handle', 'displayName', 'passphrase'])
  })

  it('is refused when the passphrase was not typed the same twice', () => {
    const account = { handle: 'asta', displayName: 'Asta', passphrase: 'long enough now', again: 'long enough no' }
    expect(Object.keys(accountProblems(account))).toEqual(['again'])
    expect(accountProblems({ ...account, again: account.passphrase })).toEqual({})
  })

  it('has a sign-in name without capitals and spaces', () => {
    expect(accountProblems({ handle: 'Asta A', displayName: 'Asta', passphrase: 'long enough now', again: 'long enough now' }).handle).toContain('lower-case')
  })
})
