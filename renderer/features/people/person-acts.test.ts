import { describe, expect, it } from 'vitest'
import type { PersonId } from '../../../shared/contract/index.ts'
import { actsOn, stateOf } from './person-acts.ts'

const erin = { id: 'p-erin' as PersonId, active: true, erased: false }
const acts = (person: Parameters<typeof actsOn>[0], self = 'p-admin') => actsOn(person, self).map(({ id }) => id)

describe('what an administrator may do about an account', () => {
  it('is roles for the organisation or a part of it, a new key and the end of it, while it is active', () => {
    expect(acts(erin)).toEqual(['roles', 'grants', 'recover', 'deactivate'])
  })

  it('is neither recovery nor the end where it is their own', () => {
    expect(acts(erin, 'p-erin')).toEqual(['roles', 'grants'])
  })

  it('is erasure once it was deactivated, and nothing once the names are erased', () => {
    expect(acts({ ...erin, active: false })).toEqual(['erase'])
    expect(acts({ ...erin, active: false, erased: true })).toEqual([])
  })
})

it('tells somebody whose names are erased from somebody who was deactivated', () => {
  expect([erin, { active: false, erased: false }, { active: false, erased: true }].map(stateOf)).toEqual(['Active', 'Deactivated', 'Erased'])
})
