import type { Command } from 'commander'
import { missingPermissions, PERMISSION_NAMES, PermissionName, ProjectId, RequestError, RESERVED, ROLES, type Grant, type Permission, type PolicyState, type RoleDefinition } from '../../../shared/contract/index.ts'
import { peopleMessages } from '../../../shared/messages/people.ts'
import { complain, print, table } from '../output.ts'
import { collect } from '../repeated-option.ts'
import { withSession, type GlobalOptions } from '../session.ts'

const ADMINISTRATORS_DECIDE = ['yes', 'no'] as const

export function addRoleCommands(program: Command): void {
  program
    .command('roles')
    .description('the permission matrix: what each role lets somebody do')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await client.call('roles.list', {}), options.json, describeRoles))
    })

  const role = program.command('role').description('roles of the workplace’s own, beside the built-in ones')
  role
    .command('define <name>')
    .description('make a role, or change one that was made: its permissions are replaced, for whoever holds it')
    .requiredOption('--sentence <text>', 'what it is there for, in a line')
    .requiredOption('--permission <permission>', 'what it lets somebody do, of the list below; give the option once for each', collect)
    .addHelpText('after', () => `\n${describePermissions()}`)
    .action(async (name: string, own: { sentence: string; permission: string[] }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const permissions = own.permission.map(parsePermission)
      await withSession(options, async ({ client }) => {
        const defined = await client.call('roles.define', { role: name, sentence: own.sentence, permissions })
        print(defined, options.json, () => `The role ${defined.role} is defined, entry ${defined.entry}: ${defined.permissions.join(', ')}.`)
      })
    })
  role
    .command('remove <name>')
    .description('remove a role that nobody holds any more')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => {
        await client.call('roles.remove', { role: name })
        print({ role: name }, options.json, () => `The role ${name} is removed.`)
      })
    })

  const policy = program.command('policy').description('what the workplace keeps apart')
  policy
    .command('show', { isDefault: true })
    .description('the policy as it is')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client }) => print(await client.call('policy.get', {}), options.json, describePolicy))
    })
  policy
    .command('set')
    .description('change the policy, signed with your passphrase; every pack says how it was')
    .requiredOption('--administrators-decide <yes|no>', 'whether who administers accounts may decide on models where their roles let them')
    .requiredOption('--reason <text>', 'why, in a line; it enters the ledger')
    .action(async (own: { administratorsDecide: string; reason: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const administratorsDecide = ADMINISTRATORS_DECIDE.find((each) => each === own.administratorsDecide)
      if (administratorsDecide === undefined) throw new RequestError('invalid-request', `--administrators-decide takes yes or no, not '${own.administratorsDecide}'.`)
      await withSession(options, async ({ client, passphraseToSign }) => {
        if (!options.json) complain(`By signing you set the policy of this workplace, which every pack states: ${RULES[administratorsDecide]}\nReason: ${own.reason}\nUntil now: ${describePolicy(await client.call('policy.get', {}))}`)
        print(await client.call('policy.set', { administratorsDecide, reason: own.reason, passphrase: await passphraseToSign() }), options.json, describePolicy)
      })
    })
}

/** What `people grant` and `people revoke` take. */
export interface GrantOptions {
  readonly project: string
  readonly model?: string
}

export function grantOf(role: string, { project, model }: GrantOptions): Grant {
  const id = ProjectId.safeParse(project)
  if (!id.success) throw new RequestError('invalid-request', `'${project}' is no project's id. See 'strongroom project list'.`)
  return { role, scope: model === undefined ? { kind: 'project', project: id.data } : { kind: 'model', project: id.data, model } }
}

/** As in `approver for credit/scores`. */
export function describeGrant({ role, scope }: Grant): string {
  return `${role} for ${scope.kind === 'project' ? scope.project : `${scope.project}/${scope.model}`}`
}

function parsePermission(text: string): Permission {
  const permission = PermissionName.safeParse(text)
  if (!permission.success) throw new RequestError('invalid-request', `'${text}' is no permission. 'strongroom roles' lists those that there are.`)
  return permission.data
}

function describeRoles(roles: readonly RoleDefinition[]): string {
  const matrix = table(
    ['PERMISSION', ...roles.map(({ role }) => role), 'WHAT IT LETS SOMEBODY DO'],
    PERMISSION_NAMES.map((permission) => [permission, ...roles.map(({ permissions }) => (permissions.includes(permission) ? 'yes' : '-')), peopleMessages.permissions[permission]]),
  )
  const own = roles.filter(({ role }) => !(ROLES as readonly string[]).includes(role))
  return own.length === 0 ? matrix : `${matrix}\n\n${table(['ROLE', 'WHAT FOR', 'ENTRY'], own.map(({ role, sentence, entry }) => [role, sentence, entry ?? '']))}`
}

/** What a role of the workplace's own can be made of, with what each needs. */
function describePermissions(): string {
  const own = PERMISSION_NAMES.filter((permission) => !RESERVED.includes(permission))
  const rows = own.map((permission) => [permission, peopleMessages.permissions[permission], missingPermissions([permission]).join(' ')])
  return `${table(['PERMISSION', 'WHAT IT LETS SOMEBODY DO', 'NEEDS TOO'], rows)}\n\n${RESERVED.join(' and ')} stay with the administrator.`
}

const RULES = peopleMessages.policy.says

function describePolicy({ administratorsDecide, entry, reason }: PolicyState): string {
  return `${RULES[administratorsDecide]}${entry === null ? '' : ` By entry ${entry}${reason === '' ? '.' : `: ${reason}`}`}`
}
