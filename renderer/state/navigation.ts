import { useSyncExternalStore } from 'react'
import { ProjectId, RunId } from '../../shared/contract/index.ts'

/**
 * What the ledger's page shows in place of its entries. Backups stand apart from anchors: one anchors the ledger by what others hold and may see, the
 * other copies it with its keys, which nobody else may have.
 */
export const LEDGER_PARTS = ['anchors', 'backups', 'keys'] as const
export type LedgerPart = (typeof LEDGER_PARTS)[number]

/** What the page of people shows in place of them. */
export const PEOPLE_PARTS = ['roles'] as const
export type PeoplePart = (typeof PEOPLE_PARTS)[number]

/** Every noun has one page and one address. */
export type Address =
  | { readonly page: 'projects' }
  | { readonly page: 'overview'; readonly project: ProjectId }
  | { readonly page: 'pipeline'; readonly project: ProjectId }
  | { readonly page: 'runs'; readonly project: ProjectId }
  | { readonly page: 'run'; readonly project: ProjectId; readonly run: RunId; readonly stage?: string | undefined }
  | { readonly page: 'datasets'; readonly project: ProjectId }
  | { readonly page: 'models'; readonly project: ProjectId }
  | { readonly page: 'version'; readonly project: ProjectId; readonly model: string; readonly version: number }
  | { readonly page: 'compare'; readonly project: ProjectId; readonly model: string; readonly version: number; readonly against: number }
  | { readonly page: 'evidence'; readonly project: ProjectId; readonly model?: string | undefined; readonly version?: number | undefined }
  | { readonly page: 'ledger'; readonly seq?: number | undefined; readonly part?: LedgerPart | undefined }
  | { readonly page: 'people'; readonly part?: PeoplePart | undefined }
  | { readonly page: 'settings' }
  /** What the window was sent to and does not know. */
  | { readonly page: 'nowhere'; readonly path: string }

/** `#/projects`, `#/p/credit-risk/runs/12/train`, `#/ledger/48209`. */
export function formatAddress(address: Address): string {
  if (address.page === 'nowhere') return `#/${address.path}`
  const parts = pathOf(address).map((part) => encodeURIComponent(part))
  return `#/${parts.join('/')}`
}

function pathOf(address: Exclude<Address, { page: 'nowhere' }>): string[] {
  switch (address.page) {
    case 'projects':
    case 'settings':
      return [address.page]
    case 'people':
      return ['people', ...(address.part === undefined ? [] : [address.part])]
    case 'ledger':
      if (address.part !== undefined) return ['ledger', address.part]
      return address.seq === undefined ? ['ledger'] : ['ledger', String(address.seq)]
    case 'overview':
    case 'pipeline':
    case 'runs':
    case 'datasets':
    case 'models':
      return ['p', address.project, address.page]
    case 'run':
      return ['p', address.project, 'runs', String(address.run), ...(address.stage === undefined ? [] : [address.stage])]
    case 'version':
      return ['p', address.project, 'models', address.model, String(address.version)]
    case 'compare':
      return ['p', address.project, 'models', address.model, String(address.version), 'against', String(address.against)]
    case 'evidence':
      return ['p', address.project, 'evidence', ...(address.model === undefined || address.version === undefined ? [] : [address.model, String(address.version)])]
  }
}

/** The address that a hash names; an empty one leads home. */
export function parseAddress(hash: string): Address {
  const path = hash.replace(/^#\/?/, '')
  const [first, ...rest] = path.split('/').map(decode)
  switch (first) {
    case '':
      return { page: 'projects' }
    case 'projects':
    case 'settings':
      return { page: first }
    case 'people': {
      const part = PEOPLE_PARTS.find((each) => each === rest[0])
      return part === undefined ? { page: 'people' } : { page: 'people', part }
    }
    case 'ledger': {
      const part = LEDGER_PARTS.find((each) => each === rest[0])
      if (part !== undefined) return { page: 'ledger', part }
      const seq = toNumber(rest[0])
      return seq === undefined ? { page: 'ledger' } : { page: 'ledger', seq }
    }
    case 'p':
      return parseProjectAddress(rest) ?? { page: 'nowhere', path }
    default:
      return { page: 'nowhere', path }
  }
}

/** Null where the address names no page of a project. */
function parseProjectAddress([id, page, ...rest]: readonly string[]): Address | null {
  const project = ProjectId.safeParse(id)
  if (!project.success) return null
  const number = toNumber(rest[page === 'runs' ? 0 : 1])
  switch (page) {
    case 'pipeline':
    case 'datasets':
      return { page, project: project.data }
    case 'runs': {
      const run = RunId.safeParse(number)
      if (!run.success) return { page: 'runs', project: project.data }
      return { page: 'run', project: project.data, run: run.data, ...(rest[1] === undefined ? {} : { stage: rest[1] }) }
    }
    case 'models':
      if (rest[0] === undefined || number === undefined) return { page: 'models', project: project.data }
      return parseVersionAddress(project.data, rest[0], number, rest.slice(2))
    case 'evidence':
      if (rest[0] === undefined || number === undefined) return { page: 'evidence', project: project.data }
      return { page: 'evidence', project: project.data, model: rest[0], version: number }
    case 'overview':
    case undefined:
      return { page: 'overview', project: project.data }
    default:
      return null
  }
}

/** A version, or its comparison with another one: `.../against/13`. */
function parseVersionAddress(project: ProjectId, model: string, version: number, rest: readonly string[]): Address {
  const against = rest[0] === 'against' ? toNumber(rest[1]) : undefined
  return against === undefined ? { page: 'version', project, model, version } : { page: 'compare', project, model, version, against }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

export function navigate(address: Address): void {
  location.hash = formatAddress(address)
}

/** Names what is shown anyway: the address changes, and Back does not lead to the one before. */
export function settleAddress(address: Address): void {
  location.replace(formatAddress(address))
}

/** Where the window is; the component is drawn again when that changes. */
export function useAddress(): Address {
  const hash = useSyncExternalStore(
    (changed) => {
      addEventListener('hashchange', changed)
      return () => removeEventListener('hashchange', changed)
    },
    () => location.hash,
  )
  return parseAddress(hash)
}
