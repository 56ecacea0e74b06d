import type { Command } from 'commander'
import { RequestError, type Client, type Person } from '../../../shared/contract/index.ts'
import { complain, facts, print, shortHash, table } from '../output.ts'
import { askChosenPassphrase, askLine, askNewPassphrase, askPassphrase } from '../passphrase.ts'
import { collect } from '../repeated-option.ts'
import { withSession, type GlobalOptions } from '../session.ts'
import { describeGrant, grantOf, type GrantOptions } from './roles.ts'

/** Who has to know of a new key. */
const AFTER_ROTATION = {
  orchestrator: [],
  log: ['The key that auditors pinned stays the one that the ledger began with: this entry leads from it to the new one.'],
  registry: ['Give it to whoever checks models that leave from here on. Versions that the old one signed are checked with that: strongroom model keys --pem.'],
} as const

export function addPeopleCommands(program: Command): void {
  program
    .command('setup')
    .description('first run: name the organisation, create the ledger and its administrator')
    .requiredOption('--organisation <name>', 'how the organisation is called in packs')
    .requiredOption('--admin <handle>', 'sign-in name of the administrator')
    .option('--name <name>', 'display name of the administrator')
    .option('--origin <origin>', 'name of the log, unique for ever (default: made from the organisation)')
    .action(async (own: { organisation: string; admin: string; name?: string; origin?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession({ ...(options.data ? { data: options.data } : {}) }, async ({ client, folder }) => {
        const { setUp, organisation } = await client.call('workplace.state', {})
        if (setUp) throw new RequestError('already-set-up', `${folder} holds the workplace of ${organisation ?? 'another organisation'} already.`)
        const passphrase = await askNewPassphrase(own.admin, options.passphraseFile)
        const administrator = { handle: own.admin, displayName: own.name ?? own.admin, passphrase }
        const result = await client.call('workplace.setUp', { organisation: own.organisation, administrator, ...(own.origin ? { origin: own.origin } : {}) })
        print(result, options.json, () =>
          facts([
            ['Data folder', folder],
            ['Signed in as', result.session.person.handle],
            ['Log key', result.logKey],
            ['', 'Print the log key and keep it: an auditor pins it to tell this ledger from any other.'],
          ]),
        )
      }, { makes: true })
    })

  program
    .command('login <handle>')
    .description('sign in; the session ends after 30 minutes without use, or with logout')
    .action(async (handle: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const passphrase = await askPassphrase(`Passphrase of ${handle}`, options.passphraseFile)
      await withSession({ ...(options.data ? { data: options.data } : {}) }, async ({ client }) => {
        const session = await client.call('session.open', { handle, passphrase })
        print(session, options.json, () => `Signed in as ${session.person.displayName} (${describeHeld(session.person)}).`)
      })
    })

  program
    .command('logout')
    .description('sign out: the personal key leaves memory')
    .action(async (_: unknown, command: Command) => {
      await withSession(command.optsWithGlobals<GlobalOptions>(), async ({ client }) => {
        await client.call('session.close', {})
      })
    })

  program
    .command('passphrase')
    .description('choose another passphrase for your own key; sessions elsewhere end')
    .option('--new-passphrase-file <file>', 'where the new passphrase stands; otherwise it is asked for')
    .action(async (own: { newPassphraseFile?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client, passphraseToSign }) => {
        const { session } = await client.call('workplace.state', {})
        const passphrase = await passphraseToSign()
        const newPassphrase = await askChosenPassphrase(own.newPassphraseFile)
        await client.call('session.changePassphrase', { passphrase, newPassphrase })
        print({ person: session?.person.id ?? null }, options.json, () => 'The new passphrase opens your key from now on. The key is the same.')
      })
    })

  program
    .command('key')
    .description('keys that sign')
    .command('rotate')
    .description('put a new key in the place of your own, the orchestrator’s, the log’s or the registry’s; what the old one signed stays good')
    .option('--orchestrator', 'the key of what no person did (administrators)')
    .option('--log', 'the key that signs checkpoints (administrators)')
    .option('--registry', 'the key that signs models (administrators)')
    .action(async (own: { orchestrator?: boolean; log?: boolean; registry?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const [key, another] = (['orchestrator', 'log', 'registry'] as const).filter((each) => own[each])
      if (another) throw new RequestError('invalid-request', 'One key at a time: give --orchestrator, --log or --registry, or none of them for your own.')
      await withSession(options, async ({ client, passphraseToSign }) => {
        if (!options.json) complain(`By signing you put a new key in the place of ${await nameKey(client, key)}. What it signed stays good; what it signs from that entry on is refused.`)
        const passphrase = await passphraseToSign()
        if (key) {
          const rotated = await client.call('keys.rotate', { key, passphrase })
          return print(rotated, options.json, ({ key: made, entry }) => {
            const follows = AFTER_ROTATION[key].map((line) => ['', line] as const)
            // A public key is of several lines, and is copied as they are.
            return key === 'registry' ? `${made}\n${facts([['Entry', entry], ...follows])}` : facts([['New key', made], ['Entry', entry], ...follows])
          })
        }
        print(await client.call('session.rotateKey', { passphrase }), options.json, ({ keyId }) => `Your key is now ${keyId}. The same passphrase opens it; sessions elsewhere ended.`)
      })
    })

  const people = program.command('people').description('accounts and their roles')
  people
    .command('list', { isDefault: true })
    .description('everybody, with roles')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await client.call('people.list', {}), options.json, describePeople))
    })
  people
    .command('add <handle>')
    .description('enrol a person; their passphrase seals a key of their own')
    .option('--name <name>', 'display name')
    .option('--role <role>', "a role for the organisation, as 'strongroom roles' lists them; give the option once for each role", collect, [])
    .option('--new-passphrase-file <file>', 'where the new person’s passphrase stands; otherwise it is asked for')
    .action(async (handle: string, own: { name?: string; role: string[]; newPassphraseFile?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        const passphrase = await askChosenPassphrase(own.newPassphraseFile, handle)
        const person = await client.call('people.enrol', { handle, displayName: own.name ?? handle, roles: own.role, passphrase })
        print(person, options.json, () => `Enrolled ${person.displayName} (${describeHeld(person)}) as ${person.id}, entry ${person.enrolledEntry}.\nBefore they sign an approval, a pack or the like they choose a passphrase of their own: 'strongroom --as ${handle} passphrase'.`)
      })
    })
  people
    .command('roles <handle> [role...]')
    .description('replace the roles that a person holds for the organisation')
    .option('--none', 'take all of them away; what is granted for projects and models stays')
    .action(async (handle: string, roles: string[], own: { none?: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      if ((roles.length === 0) !== (own.none ?? false)) throw new RequestError('invalid-request', 'Give the roles that the person holds from now on, or --none.')
      await withSession(options, async (session) => {
        const { id } = await findPerson(session.client, handle)
        const person = await session.client.call('people.setRoles', { person: id, roles })
        print(person, options.json, () => `${person.displayName} is now ${describeHeld(person)}.`)
      })
    })
  for (const [act, description] of [['grant', "give a person a role for one project or one model alone; for the whole organisation: 'strongroom people roles'"], ['revoke', "take a role for one project or one model away; for the whole organisation: 'strongroom people roles'"]] as const) {
    people
      .command(`${act} <handle> <role>`)
      .description(description)
      .requiredOption('--project <project>', "the project; a role for the whole organisation is given by 'strongroom people roles'")
      .option('--model <model>', 'the model of that project')
      .action(async (handle: string, role: string, own: GrantOptions, command: Command) => {
        const options = command.optsWithGlobals<GlobalOptions>()
        const grant = grantOf(role, own)
        await withSession(options, async ({ client }) => {
          const { id } = await findPerson(client, handle)
          const person = await client.call(`people.${act}`, { person: id, ...grant })
          print(person, options.json, () => `${person.displayName} is now ${describeHeld(person)}.`)
        })
      })
  }
  people
    .command('recover <handle>')
    .description('give somebody who lost their key or passphrase a new key; they choose their own passphrase afterwards')
    .requiredOption('--reason <text>', 'why, for the ledger')
    .option('--new-passphrase-file <file>', 'where their first passphrase stands; otherwise it is asked for')
    .action(async (handle: string, own: { reason: string; newPassphraseFile?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client, passphraseToSign }) => {
        const { id, displayName: name, keyId: lost } = await findPerson(client, handle)
        if (!options.json) complain(`By signing you give ${name} a new key in the place of ${lost}, which signs nothing from that entry on: ${own.reason}`)
        const passphrase = await passphraseToSign()
        const newPassphrase = await askChosenPassphrase(own.newPassphraseFile, handle)
        const person = await client.call('people.recover', { person: id, reason: own.reason, newPassphrase, passphrase })
        print(person, options.json, ({ displayName, keyId }) => `${displayName} signs with ${keyId} from now on. Tell them the passphrase; before they sign an approval, a pack or the like they choose their own: 'strongroom --as ${handle} passphrase'.`)
      })
    })
  people
    .command('erase <handle>')
    .description('destroy the names of somebody who was deactivated, for ever; what they signed stays')
    .option('--confirm <handle>', 'the same again, where there is no terminal to type it on')
    .action(async (handle: string, own: { confirm?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client, passphraseToSign }) => {
        const { id } = await findPerson(client, handle)
        const typed = own.confirm ?? (await askLine(`This cannot be undone. Type ${handle} to erase the names of ${id}: `))
        if (typed !== handle) throw new RequestError('invalid-request', `Nothing was erased: '${handle}' was not confirmed. Give --confirm ${handle}, or type it.`)
        if (!options.json) complain(`By signing you have the names of ${id} destroyed for ever. What ${id} signed stays.`)
        const result = await client.call('people.erase', { person: id, passphrase: await passphraseToSign() })
        print(result, options.json, ({ person, packs, backups }) =>
          [
            `The names of ${person.id} are destroyed. Nobody, and no copy of the database, says them any more.`,
            ...(packs.length === 0 ? [] : [`Packs that were written before say the name, and are evidence as they are: ${packs.join(', ')}.`]),
            ...(backups.length === 0 ? [] : [`Their key still lies beside the backups in ${backups.join(', ')}, which cannot be reached: make a backup there, or delete personal-keys.json in it.`]),
            'What people wrote themselves (comments, reasons, code, data) was not looked through.',
          ].join('\n'),
        )
      })
    })
  people
    .command('deactivate <handle>')
    .description('end an account; its history stays readable')
    .action(async (handle: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async (session) => {
        const { id } = await findPerson(session.client, handle)
        const person = await session.client.call('people.deactivate', { person: id })
        print(person, options.json, () => `${person.displayName} can no longer sign in or sign.`)
      })
    })
}

export async function findPerson(client: Client, handle: string): Promise<Person> {
  const person = (await client.call('people.list', {})).find((each) => each.handle === handle)
  if (!person) throw new RequestError('not-found', `There is nobody called ${handle}. See 'strongroom people list'.`)
  return person
}

/** The key that a rotation takes out of use, by the name that entries and signatures have it under. */
async function nameKey(client: Client, key: 'orchestrator' | 'log' | 'registry' | undefined): Promise<string> {
  if (key === undefined) {
    const { session } = await client.call('workplace.state', {})
    return ['your own', session?.person.keyId].filter((part) => part !== undefined).join(', ')
  }
  if (key === 'registry') {
    const hints = (await client.call('models.keys', {})).filter(({ until }) => until === null).map(({ hint }) => shortHash(hint))
    return `the registry's, which signs models: ${hints.join(', ') || 'none yet'}`
  }
  const { keys } = await client.call('ledger.keys', {})
  const present = keys.filter(({ until }) => until === null).map((each) => each.key)
  const { origin } = await client.call('ledger.state', {})
  const found = present.find((each) => (key === 'log' ? each.startsWith(`${origin}+`) : /^[^+]*\/orchestrator\+/.test(each))) ?? ''
  return `the ${key}'s, ${found.split('+').slice(0, 2).join('+')}`
}

/** What somebody holds, for the organisation first. */
function describeHeld({ roles, grants }: Person): string {
  return [...roles, ...grants.map(describeGrant)].join(', ') || 'without a role'
}

function describePeople(people: readonly Person[]): string {
  return table(
    ['HANDLE', 'NAME', 'ROLES', 'STATE', 'PASSPHRASE', 'KEY'],
    people.map((person) => {
      const { handle, displayName, active, erased, passphraseBy, keyId } = person
      return [handle, displayName, describeHeld(person), active ? 'active' : erased ? 'erased' : 'deactivated', passphraseBy === 'self' ? 'own' : 'set by another', keyId]
    }),
  )
}
