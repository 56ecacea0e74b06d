import { describe, expect, it } from 'vitest'
import { attacksOn } from './attacks.ts'

describe('the attack table', () => {
  // The sweep over the file is verify.test.ts's; here a few bytes show that the row says so.
  it.each(attacksOn(20_011))('$name: $how', async ({ expected, perform }) => {
    expect(await perform()).toMatch(new RegExp(`^${expected}`))
  })
})
