import { ROLE_SENTENCES, type Grant, type Permission, type Role, type Scope } from '../contract/index.ts'

/** What each role is called and is there for. */
const roles: Readonly<Record<Role, { readonly name: string; readonly what: string }>> = {
  engineer: { name: 'Engineer', what: ROLE_SENTENCES.engineer },
  approver: { name: 'Approver', what: ROLE_SENTENCES.approver },
  auditor: { name: 'Auditor', what: ROLE_SENTENCES.auditor },
  administrator: { name: 'Administrator', what: ROLE_SENTENCES.administrator },
}

const permissions: Readonly<Record<Permission, string>> = {
  'people.read': 'See people and their roles',
  'people.manage': 'Enrol people, change roles, recover keys, deactivate',
  'keys.manage': 'Replace the keys of the log and the orchestrator',
  'project.read': 'See projects and pipelines',
  'project.manage': 'Add and describe projects',
  'dataset.read': 'See dataset snapshots',
  'dataset.snapshot': 'Take dataset snapshots',
  'dataset.export': 'Copy data out of the store',
  'run.read': 'Watch runs, terminals and metrics',
  'run.start': 'Start runs',
  'run.cancel': 'Cancel runs',
  'model.read': 'See models, gates and lineage',
  'model.import': 'Import a model from outside',
  'model.request': 'Ask for a promotion',
  'model.sign': 'Sign decisions for which a gate asks their role',
  'model.decide': 'Approve, reject and archive versions that others trained',
  'model.label': 'Set aliases and tags of versions',
  'model.hold': 'Place legal holds, and release those of others',
  'ledger.read': 'Read and verify the ledger',
  'backup.manage': 'Make and schedule backups',
  'ledger.anchor': 'Anchor the ledger outside: witnesses, paper, timestamps',
  'evidence.read': 'Read coverage, facts and packs',
  'evidence.export': 'Export signed evidence packs',
  'orchestrator.stop': 'Stop the background process',
}

/** The name of a role: of a built-in one its own, of another as the workplace wrote it. */
const roleName = (role: string) => (Object.hasOwn(roles, role) ? roles[role as Role].name : role)

/** What somebody holds, for the organisation first. */
const held = ({ roles: names, grants }: { readonly roles: readonly string[]; readonly grants: readonly Grant[] }) =>
  [...names.map(roleName), ...grants.map(({ role, scope }) => `${roleName(role)}, ${scopeName(scope)}`)].join(' · ')

const scopeName = (scope: Scope) => (scope.kind === 'project' ? scope.project : `${scope.project}/${scope.model}`)

export const peopleMessages = {
  roles,
  roleName,
  scopeName,
  held,
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
  erased: 'Erased',
  passphraseByAnother: 'passphrase set by another',
  you: 'you',
  copyKey: 'Copy key id',
  acts: (name: string) => `Acts on ${name}`,
  changeRoles: 'Change roles',
  deactivate: 'Deactivate',
  recover: 'Give a new key',
  erase: 'Erase the names',

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
    passphraseHint: 'At least 10 characters; several words are easier to keep than symbols. It seals the signing key, and nobody can look it up.',
    shortest: 'At least 10 characters.',
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
  ownPassphrase: 'Your own passphrase',
  recoverDialog: {
    title: (name: string) => `Give ${name} a new key`,
    text: (name: string) => `For somebody who lost their key or their passphrase, which nobody can look up. The new key takes the place of the old one, and ${name} is signed out everywhere.`,
    follows: (name: string) => [
      `What ${name} signed before stays valid; the old key signs nothing more.`,
      `Hand over the first passphrase in person. Until ${name} changes it at the next sign-in, you could sign in that name.`,
    ],
    reason: 'Reason',
    reasonHint: 'Stands in the ledger for ever, and in every pack.',
    noReason: 'Say why in a few words.',
    first: 'First passphrase',
    noOwn: 'Enter your own passphrase.',
    confirm: 'Sign and give the key',
    done: (name: string) => `${name} has a new key`,
    doneText: (name: string, key: string) => `Key ${key}. ${name} signs in with the first passphrase and is asked there to choose another.`,
  },
  eraseDialog: {
    title: (name: string) => `Erase the names of ${name}`,
    text: 'Destroys the key under which display name and sign-in name are sealed. No copy of the database says them any more, and nobody can bring them back.',
    follows: [
      'Decisions and signatures stay, under an id that leads to nobody.',
      'Packs that were written before are evidence and stay as they are; those here are named afterwards.',
      'Backups lose the names too, except where their disk is not reached now; those are named afterwards.',
      'What people wrote themselves, such as comments and reasons, is not looked through.',
    ],
    typed: (handle: string) => `Type ${handle} to confirm`,
    confirm: 'Sign and erase',
    done: 'The names are erased',
    doneText: (id: string) => `${id} leads to nobody any more.`,
    packs: 'Packs that still say the name',
    noPacks: 'No pack here says the name.',
    packsText: 'They are evidence as they were signed. Whoever was handed one has the name.',
    backups: 'Backups that still have the key of the names',
    noBackups: 'No backup here says the name.',
    backupsText: 'Their disk was not reached. Make a backup there, or delete personal-keys.json in it.',
    close: 'Done',
  },
} as const
