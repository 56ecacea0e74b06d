import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { RequestError, type Verification } from '../../shared/contract/index.ts'
import type { Installation } from '../client/index.ts'
import { table } from './output.ts'

/** What the shipped verifier says of a pack, and the checkpoint under which it proves each of the pack's entries. */
export interface PackCheck {
  /** The verifier found nothing wrong, and the pack is of the ledger that it is to be compared with. */
  readonly holds: boolean
  readonly isOfThisLedger: boolean
  readonly findings: readonly { readonly code: string; readonly file: string; readonly message: string }[]
  /** The key with which the pack's ledger began, as text; null where the pack cannot be read so far. */
  readonly logKey: string | null
  readonly entries: number | null
  /** The note in the pack; null unless it holds. */
  readonly checkpoint: string | null
}

const Report = z.object({
  ok: z.boolean(),
  findings: z.array(z.object({ code: z.string(), file: z.string(), message: z.string() })),
  checkpoint: z.string().nullable(),
  logKey: z.string().nullable(),
  counts: z.object({ entries: z.number().nullable() }),
})

const MOST_OUTPUT = 64 << 20

/**
 * Runs the shipped verifier over a pack, a folder or a zip. Once it has proved each entry of the pack under the pack's checkpoint, a ledger that
 * has that checkpoint in its history has each of them at its position.
 *
 * @param ledgerKey the key with which the ledger began that the pack must be of; null where it is not known.
 * Throws `not-found` where there is no pack to read.
 */
export async function checkPack(installation: Installation, path: string, ledgerKey: string | null): Promise<PackCheck> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) throw new RequestError('not-found', `There is no pack at ${path}: --pack takes a folder or a zip. 'strongroom evidence list' says where those of this workplace lie; 'strongroom evidence verify NAME' takes their names.`)
  const { status, stdout, stderr } = await new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    const args = [join(installation.resources, 'verifier', 'verify.mjs'), path, '--json']
    const child = execFile(installation.node, args, { maxBuffer: MOST_OUTPUT, env: {} }, (error, out, err) => resolve({ status: child.exitCode, stdout: out, stderr: err === '' && error ? error.message : err }))
  })
  if (status !== 0 && status !== 1) throw new RequestError('not-found', `The pack cannot be read: ${stderr.trim()}`)
  const { ok, findings, checkpoint, logKey, counts } = Report.parse(JSON.parse(stdout))
  const isOfThisLedger = logKey !== null && logKey === ledgerKey
  const holds = ok && isOfThisLedger
  return { holds, isOfThisLedger, findings, logKey, entries: counts.entries, checkpoint: holds ? checkpoint : null }
}

/** What is said of a pack once the ledger was held to its checkpoint. */
export function describePack(pack: PackCheck | null, { ok, against }: Pick<Verification, 'ok' | 'against'>): string[] {
  if (pack === null) return []
  const { holds, isOfThisLedger, findings, entries, logKey } = pack
  if (findings.length > 0) return [`THE PACK DOES NOT HOLD, and was compared with nothing.\n${table(['CODE', 'FILE', 'WHAT'], findings.map(({ code, file, message }) => [code, file, message]))}`]
  if (!isOfThisLedger) return [`THE PACK IS OF ANOTHER LEDGER, that of ${logKey ?? 'no known key'}: it was compared with nothing.`]
  const compared = holds && ok ? against.at(-1) : undefined
  if (typeof compared?.lostIn === 'number') return [`The pack holds by itself. Its checkpoint is of ${describeLostPart(compared.size, compared.lostIn)}: see entry ${compared.lostIn}. Which of the pack's ${entries ?? 0} entries are lost, their numbers say: keep it, it is the proof of those.`]
  return [compared ? `The pack holds. Each of its ${entries ?? 0} entries is the one at its position here: they are proved under its checkpoint, which this ledger continues.` : 'The pack holds by itself. The ledger does not, so that they were not compared to the end.']
}

/** What a checkpoint shows that a ledger says it lost. */
export function describeLostPart(size: number, lostIn: number): string {
  return size > lostIn ? `entries ${lostIn} to ${size - 1}, which this ledger lost` : `a history of ${size} entries, which this ledger lost`
}
