import { defineResource } from '../../state/index.ts'

export const peopleList = defineResource(
  (api, _: 'people') => api.call('people.list', {}),
  ({ type }) => type === 'people.changed',
)
