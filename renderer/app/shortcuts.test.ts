import { describe, expect, it } from 'vitest'
import { ProjectId } from '../../shared/contract/index.ts'
import { placeOfKey } from './shortcuts.ts'

const project = ProjectId.parse('credit-risk')

describe('G and a key', () => {
  it('lead to the views of the project in hand', () => {
    expect(placeOfKey('m', project)).toEqual({ page: 'models', project })
    expect(placeOfKey('E', project)).toEqual({ page: 'evidence', project })
  })

  it('lead to the ledger with or without a project', () => {
    expect(placeOfKey('l', undefined)).toEqual({ page: 'ledger' })
    expect(placeOfKey('m', undefined)).toBeUndefined()
  })

  it('lead nowhere with any other key', () => {
    expect(placeOfKey('x', project)).toBeUndefined()
  })
})
