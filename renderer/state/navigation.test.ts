import { describe, expect, it } from 'vitest'
import { formatAddress, parseAddress } from './navigation.ts'

describe('an address', () => {
  it('leads home while it is empty', () => {
    expect(parseAddress('')).toEqual({ page: 'projects' })
    expect(parseAddress('#/')).toEqual({ page: 'projects' })
  })

  it.for(['#/projects', '#/settings', '#/ledger', '#/ledger/48209', '#/ledger/anchors', '#/ledger/backups', '#/people', '#/people/roles', '#/p/credit-risk/overview', '#/p/credit-risk/runs/12/train', '#/p/credit-risk/models/credit-risk/2', '#/p/credit-risk/models/credit-risk/2/against/1', '#/nonsense/x'])(
    'is written as it was read: %s',
    (hash) => expect(formatAddress(parseAddress(hash))).toBe(hash),
  )

  it.for(['#/nonsense/x', '#/p/credit-risk/nonsense', '#/p/No Project/overview'])('that names no page says so and is not taken for another: %s', (hash) => {
    expect(parseAddress(hash)).toEqual({ page: 'nowhere', path: hash.slice(2) })
  })
})
