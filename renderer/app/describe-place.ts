import type { Project } from '../../shared/contract/index.ts'
import { appMessages } from '../../shared/messages/app.ts'
import type { Crumb } from '../design/index.ts'
import { formatAddress, formatCount, type Address } from '../state/index.ts'

/** The way to an address in words, the page in sight last. */
export function describePlace(address: Address, projects: readonly Project[]): Crumb[] {
  const { rail, header } = appMessages
  if (!('project' in address)) {
    if (address.page === 'ledger' && address.seq !== undefined) {
      return [{ label: rail.ledger, href: formatAddress({ page: 'ledger' }) }, { label: header.entry(formatCount(address.seq)) }]
    }
    if (address.page === 'ledger' && address.part !== undefined) {
      return [{ label: rail.ledger, href: formatAddress({ page: 'ledger' }) }, { label: header.ledgerPart[address.part] }]
    }
    if (address.page === 'people' && address.part !== undefined) {
      return [{ label: rail.people, href: formatAddress({ page: 'people' }) }, { label: header.peoplePart[address.part] }]
    }
    return [{ label: address.page === 'nowhere' ? appMessages.nowhere.title : rail[address.page] }]
  }
  const { project } = address
  const name = projects.find(({ id }) => id === project)?.name ?? project
  const root: Crumb = { label: name, href: formatAddress({ page: 'overview', project }) }
  switch (address.page) {
    case 'run':
      return [root, { label: rail.runs, href: formatAddress({ page: 'runs', project }) }, { label: header.run(address.run) }]
    case 'version':
      return [root, { label: rail.models, href: formatAddress({ page: 'models', project }) }, { label: header.version(address.model, address.version) }]
    case 'compare': {
      const { model, version, against } = address
      const href = formatAddress({ page: 'version', project, model, version })
      return [root, { label: rail.models, href: formatAddress({ page: 'models', project }) }, { label: header.version(model, version), href }, { label: header.against(against) }]
    }
    case 'evidence':
      if (address.model === undefined || address.version === undefined) return [root, { label: rail.evidence }]
      return [root, { label: rail.evidence, href: formatAddress({ page: 'evidence', project }) }, { label: header.version(address.model, address.version) }]
    default:
      return [root, { label: rail[address.page] }]
  }
}
