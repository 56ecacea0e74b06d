import { expect, it } from 'vitest'
import { PersonId, type Person } from '../../../shared/contract/index.ts'
import { describeKey, describeModelKey } from './key-owners.ts'

const ada = { id: PersonId.parse('p-0000000a'), displayName: 'Ada Lovelace' } as Person
const described = (name: string, until: number | null = null) => describeKey({ key: `${name}+0f0e0d0c+AQ==`, from: 3, until }, [ada])

it('a key is called by whose it is, and by the last entry that it may sign', () => {
  expect(described('bank.example/log')).toEqual({ key: 'bank.example/log+0f0e0d0c+AQ==', id: '0f0e0d0c', owner: 'Log: signs checkpoints', from: 3, last: null })
  expect(described('bank.example/log/orchestrator').owner).toBe('Orchestrator')
  expect(described('bank.example/log/person/p-0000000a', 9)).toMatchObject({ owner: 'Ada Lovelace', last: 8 })
  expect(described('bank.example/log/person/p-0000000b').owner).toBe('p-0000000b')
})

it('a key that signs models is called by the start of its digest, and by the last entry before the one that replaced it', () => {
  const key = { hint: `0f0e0d0c${'a'.repeat(56)}`, key: 'PEM', from: 3 }
  expect(describeModelKey({ ...key, until: null })).toEqual({ key: 'PEM', id: '0f0e0d0c', owner: 'Registry: signs models', from: 3, last: null })
  expect(describeModelKey({ ...key, until: 9 }).last).toBe(8)
})
