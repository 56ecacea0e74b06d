import { numberOf, type FoundGpu } from './gpu.ts'

export const QUERY = ['--showuniqueid', '--showproductname', '--showmeminfo', 'vram', '--showdriverversion', '--json']

export interface AmdGpu extends FoundGpu {
  readonly vendor: 'amd'
  /** By which the kernel's driver knows it (`GUID`), as in `/sys/class/kfd`. */
  readonly kfdId: string
}

/**
 * Of `QUERY`, as ROCm 5 to 7 print it: an object a card and one of the system, every value a text. One card has no unique id (an integrated GPU: `N/A`):
 * no variable can name that one, so no job could be confined to it, and it is left out. Null for what is not such an object.
 */
export function parseCards(json: string): AmdGpu[] | null {
  const report = objectOf(json)
  if (report === null) return null
  const driver = textOf(fieldsOf(report['system']), 'Driver version')
  return Object.entries(report).flatMap(([name, value]) => {
    if (!/^card\d+$/.test(name)) return []
    const fields = fieldsOf(value)
    const uuid = uuidOf(textOf(fields, 'Unique ID'))
    if (uuid === null) return []
    // ROCm 5 writes `Card series`; a model is the series where the card's name is only a PCI id.
    const model = textOf(fields, 'Card Series') || textOf(fields, 'Card series') || textOf(fields, 'Device Name') || 'AMD GPU'
    const memoryBytes = numberOf(textOf(fields, 'VRAM Total Memory (B)')) ?? 0
    return [{ uuid, vendor: 'amd' as const, model, memoryBytes, driver, parent: null, processes: [], kfdId: textOf(fields, 'GUID') }]
  })
}

/** As ROCm's runtime spells it in `ROCR_VISIBLE_DEVICES`: 16 hexadecimal digits in capitals (rocr-runtime, `RvdFilter::BuildDeviceUuidList`). */
export function uuidOf(uniqueId: string): string | null {
  const digits = /^(?:0x)?([0-9a-f]{1,16})$/i.exec(uniqueId.trim())?.[1]
  return digits === undefined || /^0+$/.test(digits) ? null : `GPU-${digits.toUpperCase().padStart(16, '0')}`
}

function objectOf(json: string): Record<string, unknown> | null {
  // Warnings of the tool may stand before and after.
  const [start, end] = [json.indexOf('{'), json.lastIndexOf('}')]
  if (start < 0 || end < start) return null
  try {
    return fieldsOf(JSON.parse(json.slice(start, end + 1)))
  } catch {
    return null
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function textOf(fields: Record<string, unknown>, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}
