import { expect, it } from 'vitest'
import type { VersionSummary } from '../../../shared/contract/index.ts'
import { findVersions } from './find-versions.ts'

const row = (model: string, version: number, more: Partial<VersionSummary> = {}) => ({ model, version, run: 40 + version, author: 'Erin', artifact: 'ab12', stage: 'staging', aliases: [], tags: {}, ...more }) as unknown as VersionSummary
const rows = [row('credit-risk', 1), row('credit-risk', 12, { run: null, aliases: ['champion'], tags: { audited: '' } }), row('churn', 2, { author: 'Ada', artifact: 'ff00', stage: 'production' })]
const found = (text: string) => findVersions(rows, text).map(({ model, version }) => `${model} ${version}`)

it('finds a version by its name and number, however they are put together', () => {
  for (const text of ['credit-risk 1', '1 credit', 'credit-risk@1', 'credit-risk:1', 'Credit V1', 'risk #1', ' v1 ']) expect(found(text), text).toEqual(['credit-risk 1'])
  expect(found('credit-risk 12')).toEqual(['credit-risk 12'])
  expect(found('')).toHaveLength(3)
})

it('finds it by what else is known of it, all words together', () => {
  expect([found('run 41'), found('outside'), found('champion'), found('audited'), found('ada production'), found('ff0'), found('erin production')]).toEqual([['credit-risk 1'], ['credit-risk 12'], ['credit-risk 12'], ['credit-risk 12'], ['churn 2'], ['churn 2'], []])
})
