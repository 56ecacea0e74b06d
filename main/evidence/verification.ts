import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import type { z } from 'zod'
import { PackVerification, RequestError } from '../../shared/contract/index.ts'

const TIMEOUT = 120_000
const MOST_OUTPUT = 64 * 1024 * 1024

/** Where nothing could be read, there is nothing about losses. */
const VerifierOutput = PackVerification.omit({ verifier: true }).extend({ losses: PackVerification.shape.losses.nullable() })

export type PackCheck = z.infer<typeof PackVerification>

/**
 * Runs a verifier (JavaScript) over a pack in a process of its own, with the log's verifier key pinned if it is given. Throws
 * RequestError `not-found` where there is no pack to read, `internal` where the verifier itself fails or takes more than two minutes.
 */
export async function verifyPackFolder(job: { node: string; verifier: string; folder: string; key?: string }): Promise<PackCheck> {
  const { node, verifier, folder, key } = job
  const pinned = key === undefined ? [] : ['--key', key]
  const { status, stdout, stderr } = await runVerifier(node, [verifier, folder, '--json', ...pinned])
  if (status === 2) throw new RequestError('not-found', `The pack cannot be read: ${stderr.trim()}`)
  try {
    const { ok, findings, losses, proved, notProved } = VerifierOutput.parse(JSON.parse(stdout))
    return { ok, verifier: basename(verifier), findings, losses: losses ?? [], proved, notProved }
  } catch {
    throw new RequestError('internal', `The verifier did not finish (status ${status ?? 'none'}): ${stderr.trim().slice(0, 500)}`)
  }
}

async function runVerifier(node: string, args: readonly string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(node, [...args], { timeout: TIMEOUT, maxBuffer: MOST_OUTPUT, env: {} }, (error, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr: stderr === '' && error ? error.message : stderr })
    })
  })
}
