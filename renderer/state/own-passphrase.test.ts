import { expect, it } from 'vitest'
import { ownPassphraseProblems } from './own-passphrase.tsx'

const problems = (present: string, passphrase: string, again = passphrase) => ownPassphraseProblems({ present, passphrase, again }, 'Enter it.')

it('takes a new passphrase that is long enough, typed twice alike and another than the present one', () => {
  expect(problems('the old passphrase', 'the new passphrase')).toEqual({})
})

it('asks for the present passphrase', () => {
  expect(problems('', 'the new passphrase')).toEqual({ present: 'Enter it.' })
})

it('refuses the present passphrase as the new one, and says of a short one that it is short', () => {
  expect(problems('the old passphrase', 'the old passphrase')).toEqual({ passphrase: 'This is the present passphrase. Choose another.' })
  expect(problems('short', 'short')).toEqual({ passphrase: '5 more characters at least.' })
})
