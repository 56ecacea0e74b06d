import { z } from 'zod'
import { PersonId, Timestamp } from './ids.ts'
import { request } from './request.ts'
import { Grant, Holding, Policy, Scope } from './authority.ts'
import { PermissionName, RoleDefinition, RoleName } from './roles.ts'

export const Handle = z.string().regex(/^[a-z][a-z0-9._-]{0,31}$/, 'use lower-case letters, digits, dot, hyphen, underscore; start with a letter')
/** Long enough that scrypt makes guessing hopeless; never trimmed, never logged. */
export const Passphrase = z.string().min(10, 'use at least 10 characters').max(1024)
/** One that somebody types to open their key: whether it is right shows when it opens it. */
export const GivenPassphrase = z.string().max(1024)

/** No control, no invisible character that could make two names look alike, and something to see. */
export const DisplayName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]*$/u, 'use letters and signs that can be seen')
  .regex(/[\p{L}\p{N}]/u, 'use at least one letter or digit')

export const Person = z.object({
  id: PersonId,
  handle: z.string(),
  displayName: z.string(),
  /** For the organisation. */
  roles: z.array(RoleName),
  /** For a project or a model; of people in a list, those for what the asker may see. */
  grants: z.array(Grant),
  active: z.boolean(),
  keyId: z.string(),
  enrolledEntry: z.number().int(),
  /** Who chose the passphrase: `another` from an enrolment until its owner changes it, as whoever typed it then could sign for them. */
  passphraseBy: z.enum(['self', 'another']),
  /** The names were erased: `handle` and `displayName` are the id. */
  erased: z.boolean(),
})
export type Person = z.infer<typeof Person>

/** `holdings`: what each role that the person holds lets them do, and where: `mayDo` judges by them, here as in the orchestrator. */
export const Session = z.object({ person: Person, holdings: z.array(Holding), openedAt: Timestamp })
export type Session = z.infer<typeof Session>

/** Why a session ended that nobody closed: nobody acted for 30 minutes, the account was deactivated, or its passphrase or key was changed elsewhere. */
export const SessionEnd = z.enum(['idle', 'deactivated', 'credentials-changed'])
export type SessionEnd = z.infer<typeof SessionEnd>

/** What `too-many-attempts` says, and the seconds that it said: the form counts them down. */
export const describeWait = (seconds: number): string => `Too many wrong passphrases. Wait ${seconds} s, then try again.`
export const readWait = (message: string): number => Number(/Wait (\d+) s/.exec(message)?.[1] ?? 0)

export const WorkplaceState = z.object({
  setUp: z.boolean(),
  /** Whether nothing is done before `ledger.continue`, since more was signed than the ledger has. */
  isShort: z.boolean(),
  organisation: z.string().nullable(),
  origin: z.string().nullable(),
  dataFolder: z.string(),
  software: z.string(),
  session: Session.nullable(),
  sessionEnd: SessionEnd.nullable(),
})
export type WorkplaceState = z.infer<typeof WorkplaceState>

/** Why somebody did what is recorded, in a line of their own words. It stands in the ledger for ever. */
export const Reason = z.string().trim().min(1, 'say why in a few words').max(500).regex(/^[^\p{Cc}]*$/u, 'use one line without control characters')

/** `entry`: where it was set last; null where nothing was recorded yet. */
export const PolicyState = Policy.extend({ entry: z.number().int().nullable(), reason: z.string() })
export type PolicyState = z.infer<typeof PolicyState>

const NewPerson = z.object({ handle: Handle, displayName: DisplayName, passphrase: Passphrase })

export const peopleRequests = {
  'workplace.state': request('public', z.object({}), WorkplaceState),
  /** First run: names the organisation, makes the ledger's keys and the administrator, and signs the administrator in. */
  'workplace.setUp': request(
    'public',
    z.object({ organisation: DisplayName, origin: z.string().optional(), administrator: NewPerson }),
    z.object({ session: Session, logKey: z.string() }),
  ),
  'session.open': request('public', z.object({ handle: z.string().min(1).max(64), passphrase: GivenPassphrase }), Session),
  'session.close': request('session', z.object({}), z.object({})),
  /** Somebody acted at this client: the session's time without use starts anew. No other request does that. */
  'session.touch': request('session', z.object({}), z.object({})),
  /** Seals one's own key with another passphrase; it stays the same key. One's sessions at other clients end. */
  'session.changePassphrase': request('session', z.object({ passphrase: GivenPassphrase, newPassphrase: Passphrase }), z.object({})),
  /** Makes a new key for oneself, which the same passphrase opens. One's sessions at other clients end. */
  'session.rotateKey': request('session', z.object({ passphrase: GivenPassphrase }), Person),
  'people.list': request('people.read', z.object({}), z.array(Person)),
  'people.enrol': request('people.manage', NewPerson.extend({ roles: z.array(RoleName) }), Person),
  /** Replaces the roles that the person holds for the organisation. */
  'people.setRoles': request('people.manage', z.object({ person: PersonId, roles: z.array(RoleName) }), Person),
  /** Gives a role for a project or a model alone. */
  'people.grant': request('people.manage', z.object({ person: PersonId, role: RoleName, scope: Scope }), Person),
  'people.revoke': request('people.manage', z.object({ person: PersonId, role: RoleName, scope: Scope }), Person),
  /** The permission matrix: the built-in roles, then those of the workplace by name. */
  'roles.list': request('people.read', z.object({}), z.array(RoleDefinition)),
  /** Makes a role of the workplace's own, or makes one another: its permissions are replaced, for whoever holds it. */
  'roles.define': request('people.manage', z.object({ role: RoleName, sentence: Reason, permissions: z.array(PermissionName).min(1) }), RoleDefinition),
  /** Throws `conflict` while somebody who is active holds it. */
  'roles.remove': request('people.manage', z.object({ role: RoleName }), z.object({})),
  'policy.get': request('people.read', z.object({}), PolicyState),
  'policy.set': request('people.manage', z.object({ ...Policy.shape, reason: Reason, passphrase: GivenPassphrase }), PolicyState),
  /** Makes a new key for somebody else whose key is lost, under a first passphrase that they then change. `passphrase` is that of who asks. */
  'people.recover': request('people.manage', z.object({ person: PersonId, reason: Reason, newPassphrase: Passphrase, passphrase: GivenPassphrase }), Person),
  /** Makes a new key for the log, for the orchestrator, or for the registry, which signs models. Answers the new verifier key, of the registry the public key (PEM), and the entry that introduces it. */
  'keys.rotate': request('keys.manage', z.object({ key: z.enum(['log', 'orchestrator', 'registry']), passphrase: GivenPassphrase }), z.object({ key: z.string(), entry: z.number().int() })),
  /** Destroys the names of somebody who was deactivated. Answers which packs that were written before say the name: they are as they are; and the folders of backups that are not there, where their key lies still. */
  'people.erase': request('people.manage', z.object({ person: PersonId, passphrase: GivenPassphrase }), z.object({ person: Person, packs: z.array(z.string()), backups: z.array(z.string()) })),
  'people.deactivate': request('people.manage', z.object({ person: PersonId }), Person),
}
