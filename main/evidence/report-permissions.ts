import type { Grant } from '../../shared/contract/index.ts'
import { html, type Html } from './html.ts'
import { decidedByAdministrators, readPermissions, type Permissions } from './permissions.ts'
import { writeTable } from './report-table.ts'
import type { Scope } from './scope.ts'

const POLICY: Readonly<Record<Permissions['policy']['administratorsDecide'], Html>> = {
  no: html`<p>Who administered accounts, then or since the version was registered, could not decide on it, whatever their roles: the policy of the workplace kept that apart.</p>`,
  yes: html`<p><b>Who administered accounts could decide on models too: the policy of the workplace let them.</b></p>`,
  'not recorded': html`<p>Whether who administered accounts might decide on models was not recorded.</p>`,
}

/** Who could do what when the version was decided on, and whether anybody who administered accounts decided. */
export function writePermissions(scope: Scope, names: (person: string) => string): Html {
  const { at, policy, roles, people } = readPermissions(scope)
  const apart = decidedByAdministrators(scope).map(({ seq, actor }) => html`<p><b>${names(actor)}, who decided in entry ${seq}, administered accounts then, or since the version was registered.</b></p>`)
  return html`<p>As the entries before position ${at} say. <code>data/permissions.json</code> is the same for programs, which hold each decision to it.</p>
${POLICY[policy.administratorsDecide]}
${apart}
${writeTable([{ heading: 'Role', width: '32mm' }, { heading: 'What it lets somebody do' }], roles.map(({ role, sentence, permissions }) => ({ cells: [role, html`${sentence}<br><span class="mono">${permissions.join(', ')}</span>`] })))}
${writeTable([{ heading: 'Person' }, { heading: 'Roles for the organisation' }, { heading: 'Roles for this project' }], people.map(({ person, roles: held, grants }) => ({ cells: [names(person), held.join(', '), grants.map(describe).join(', ')] })))}`
}

function describe({ role, scope }: Grant): string {
  return scope.kind === 'project' ? `${role} for all of it` : `${role} for ${scope.model}`
}
