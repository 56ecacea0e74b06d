import { describe, expect, it } from 'vitest'
import { ModelName, ProjectId, type LedgerEntry } from '../contract/index.ts'
import { describeSubject } from './entries.ts'

const sha256 = 'a'.repeat(64)
const say = (about: LedgerEntry['about'], names: readonly string[] = []) => describeSubject({ about, subject: names.map((name) => ({ name, digest: { sha256 } })) })

describe('what an entry is about', () => {
  it('is the run, with its stage or its end, and then the files', () => {
    expect(say({ run: 3, stage: 'train' }, ['data/train.csv', 'train.mjs', 'params.yaml'])).toEqual({ name: 'Run 3, train', content: 'data/train.csv and 2 more' })
    expect(say({ run: 3, stage: 'train' })).toEqual({ name: 'Run 3, train', content: '' })
    expect(say({ run: 3, state: 'succeeded' })).toEqual({ name: 'Run 3: succeeded', content: '' })
    expect(say({ run: 3, project: 'credit-risk' }, ['dvc.yaml'])).toEqual({ name: 'Run 3', content: 'dvc.yaml' })
  })

  it('is the version before the run that made it, and where it goes', () => {
    expect(say({ model: 'credit-risk', version: 2, run: 3, stage: 'register' }, ['credit-risk 2'])).toEqual({ name: 'credit-risk 2', content: '' })
    expect(say({ model: 'credit-risk', version: 2, to: 'staging' }, ['credit-risk 2'])).toEqual({ name: 'credit-risk 2 to staging', content: '' })
  })

  it('is the person, the project or the data', () => {
    expect(say({ person: 'Erin Engineer' }).name).toBe('Erin Engineer')
    expect(say({ project: 'credit-risk', name: 'Credit risk' }).name).toBe('Credit risk')
    expect(say({ project: 'credit-risk', dataset: 'data/train.csv' }, ['data/train.csv'])).toEqual({ name: 'data/train.csv', content: '' })
  })

  it('is the role, and of whom and where', () => {
    expect(say({ role: 'risk-owner' }).name).toBe('Role risk-owner')
    expect(say({ person: 'Erin Engineer', role: 'approver', scope: { kind: 'model', project: ProjectId.parse('credit-risk'), model: ModelName.parse('scores') } }).name).toBe('Erin Engineer: approver for credit-risk/scores')
  })

  it('is what the policy says from there on', () => {
    expect(say({ administratorsDecide: 'no' }).name).toBe('Administrators decide on no model')
    expect(say({ administratorsDecide: 'yes' }).name).toBe('Administrators may decide on models')
  })

  it('is the key, by the digits that name it everywhere', () => {
    expect(say({ hint: '1234abcd'.repeat(8), replaces: '9876fedc'.repeat(8), key: '-----BEGIN PUBLIC KEY-----\nMFk+A+w==' }).name).toBe('Key 1234abcd for 9876fedc')
    expect(say({ key: 'strongroom.example/log+f00dbabe+AQID' }).name).toBe('Key f00dbabe')
    expect(say({ model: 'credit-risk', version: 2, hint: '1234abcd'.repeat(8) }).name).toBe('credit-risk 2')
  })

  it('is the content that it names where nothing else says it', () => {
    expect(say({}, ['a', 'b'])).toEqual({ name: 'a and 1 more', content: '' })
    expect(say({})).toEqual({ name: '', content: '' })
  })
})
