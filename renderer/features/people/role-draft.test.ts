import { describe, expect, it } from 'vitest'
import { permissionsOf } from '../../../shared/contract/index.ts'
import { CHOICES, draftOf, EMPTY_ROLE, permissionsOfDraft, roleProblems } from './role-draft.ts'

describe('a role being written', () => {
  it('has what its permissions cannot do without', () => {
    expect(permissionsOfDraft({ ...EMPTY_ROLE, chosen: ['model.decide'] })).toEqual(['project.read', 'model.read', 'model.sign', 'model.decide'])
  })

  it('is changed from what was chosen for it, so that taking one away takes what only that one needed', () => {
    const permissions = permissionsOf('engineer')
    const draft = draftOf({ role: 'x', sentence: 'x', permissions })
    expect(draft.chosen).not.toContain('dataset.read')
    expect(permissionsOfDraft(draft)).toEqual(permissions)
    expect(permissionsOfDraft({ ...EMPTY_ROLE, chosen: draft.chosen.filter((each) => each === 'run.cancel') })).toEqual(['project.read', 'run.read', 'run.cancel'])
  })

  it('is offered nothing that stays with administrators', () => {
    expect(CHOICES).not.toContain('people.manage')
    expect(CHOICES).not.toContain('keys.manage')
  })

  it('takes no name of another role and none that is no name', () => {
    const draft = { role: 'auditor', sentence: 'Reads.', chosen: ['model.read'] as const }
    expect(roleProblems(draft, ['auditor'])).toEqual({ role: 'There is a role of this name already.' })
    expect(Object.keys(roleProblems({ ...EMPTY_ROLE, role: 'Big Role' }, []))).toEqual(['role', 'sentence', 'permissions'])
    expect(roleProblems({ ...draft, role: 'reader' }, ['auditor'])).toEqual({})
  })
})
