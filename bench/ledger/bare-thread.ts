/**
 * The bare loop of Ed25519 verifications of a ledger's own messages: reads a part of the entries, takes them apart, and then times nothing but
 * the verifications. Tells how many it made and the seconds that they took, by the clock and of a processor.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { keyReference, parseEnvelope, parseVerifierKey, preAuthEncoding } from '../../main/ledger/index.ts'
import { openForReading } from '../../main/storage/index.ts'

const { path, from, to, keys } = workerData as { path: string; from: number; to: number; keys: string[] }
const verifiers = new Map(keys.map((text) => parseVerifierKey(text)).map((key) => [keyReference(key), key]))
const db = openForReading(path)
const envelopes = db.prepare<[number, number], Buffer>('SELECT envelope FROM ledger_entries WHERE seq >= ? AND seq < ?').pluck().all(from, to)
const signed = envelopes.map((bytes) => {
  const { payloadType, payload, keyid, signatures } = parseEnvelope(bytes)
  const key = verifiers.get(keyid)
  const signature = signatures[0]?.signature
  if (key === undefined || signature === undefined) throw new Error(`no key ${keyid}`)
  return { key, message: preAuthEncoding(payloadType, payload), signature }
})
db.close()

parentPort?.once('message', () => {
  const began = performance.now()
  const worked = process.threadCpuUsage()
  for (const { key, message, signature } of signed) if (!key.verify(message, signature)) throw new Error('a signature is not good')
  const { user, system } = process.threadCpuUsage(worked)
  parentPort?.postMessage({ count: signed.length, seconds: (performance.now() - began) / 1_000, cpuSeconds: (user + system) / 1e6 })
})
parentPort?.postMessage('ready')
