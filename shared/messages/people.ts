import type { Permission, Role } from '../contract/index.ts'

/** What each role is called and is there for. */
const roles: Readonly<Record<Role, { readonly name: string; readonly what: string }>> = {
  engineer: { name: 'Engineer', what: 'Changes pipelines, takes snapshots, starts runs and asks for promotions.' },
  approver: { name: 'Approver', what: 'Decides on promotions of versions that somebody else trained, and signs evidence packs.' },
  auditor: { name: 'Auditor', what: 'Reads everything, exports evidence packs and places legal holds; changes nothing else.' },
  administrator: { name: 'Administrator', what: 'Enrols people, gives roles and adds projects; decides on no model.' },
}

const permissions: Readonly<Record<Permission, string>> = {
  'people.read': 'See people and their roles',
  'people.manage': 'Enrol people, change roles, recover keys, deactivate',
  'keys.manage': 'Replace the keys of the log and the orchestrator',
  'project.read': 'See projects and pipelines',
  'project.manage': 'Add and describe projects',
  'dataset.read': 'See dataset snapshots',
  'dataset.snapshot': 'Take dataset snapshots',
  'run.read': 'Watch runs, terminals and metrics',
  'run.start': 'Start runs',
  'run.cancel': 'Cancel runs',
  'model.read': 'See models, gates and lineage',
  'model.request': 'Ask for a promotion',
  'model.sign': 'Sign decisions for which a gate asks their role',
  'model.decide': 'Approve, reject and archive versions that others trained',
  'model.label': 'Set aliases and tags of versions',
  'model.hold': 'Place legal holds, and release those of others',
  'ledger.read': 'Read and verify the ledger',
  'ledger.anchor': 'Anchor the ledger outside: witnesses, paper, timestamps',
  'evidence.read': 'Read coverage, facts and packs',
  'evidence.export': 'Export signed evidence packs',
  'orchestrator.stop': 'Stop the background process',
}

export const peopleMessages = {
  roles,
  permissions,
  title: 'People',
  loading: 'Loading people',
  failed: 'The list of people could not be read.',
  enrol: 'Enrol a person',
  mayNotManage: 'Only an administrator enrols people and changes roles.',
  count: (active: number, all: number) => (active === all ? `${all}` : `${active} active of ${all}`),

  list: 'People of this workplace',
  columns: { name: 'Name', handle: 'Sign-in name', roles: 'Roles', state: 'State', key: 'Signing key', enrolled: 'Enrolled', acts: 'Acts' },
  active: 'Active',
  deactivated: 'Deactivated',
  you: 'you',
  copyKey: 'Copy key id',
  acts: (name: string) => `Acts on ${name}`,
  changeRoles: 'Change roles',
  deactivate: 'Deactivate',

  matrix: 'Permission matrix',
  matrixMeta: 'who may do what, decided by the orchestrator',
  permission: 'Permission',
  may: 'may',
  mayNot: 'may not',
  fourEyes: 'Four eyes: nobody approves a version that they trained or submitted, whatever their roles.',

  form: {
    displayName: 'Name',
    displayNameHint: 'As it stands on decisions and in reports. Kept out of ledger entries.',
    handle: 'Sign-in name',
    passphrase: 'Passphrase',
    passphraseHint: 'At least 10 characters; several words are easier to keep than symbols. It seals the signing key and cannot be recovered.',
    again: 'Passphrase again',
    roles: 'Roles',
    noRole: 'Choose at least one role.',
    differs: 'The two passphrases differ.',
    tooShort: (missing: number) => `${missing} more ${missing === 1 ? 'character' : 'characters'} at least.`,
    badHandle: 'Use lower-case letters, digits, dot, hyphen and underscore; start with a letter.',
    noName: 'Give a name.',
    enrol: 'Enrol',
    enrolled: (name: string) => `${name} is enrolled and can sign in.`,
  },
  rolesDialog: {
    title: (name: string) => `Roles of ${name}`,
    text: 'The change is an entry in the ledger and holds from the next request on.',
    save: 'Save roles',
  },
  deactivateDialog: {
    title: (name: string) => `Deactivate ${name}`,
    text: (name: string) => `${name} can no longer sign in or sign. What ${name} signed before stays valid and in the ledger. A deactivated person is not activated again: enrol them anew.`,
    typed: (handle: string) => `Type ${handle} to confirm`,
    confirm: 'Deactivate',
  },
} as const
