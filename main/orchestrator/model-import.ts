import { isAbsolute } from 'node:path'
import { RequestError, type ForeignModel, type ForeignModelExamined } from '../../shared/contract/index.ts'
import { isSpdx } from '../evidence/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Signer } from '../ledger/index.ts'
import { checkForeignSignature, readForeignModel, readForeignSignature, storeForeignModel, storeForeignSignature, type ForeignContent, type ForeignSignature, type VersionKey } from '../registry/index.ts'
import type { Services } from './services.ts'

export interface ImportControl {
  readonly signal: AbortSignal
  readonly onProgress: (share: number, text: string) => void
}

/** 21 CFR 11.50 asks that a signature states its meaning. */
const MEANING = 'import of a model from outside'

/**
 * Reads a model from outside and says what it is and what importing it would sign. Nothing is stored, recorded or run. `reserved`: the workplace's own folder and
 * those that the person may not read, of which nothing is imported. Throws RequestError `invalid-path`, `conflict` where hash or signature are of something else, and the signal's reason.
 */
export async function examineModel({ registry }: Services, reserved: readonly string[], given: ForeignModel, control: ImportControl): Promise<ForeignModelExamined> {
  const { content, signedBy } = await read(reserved, given, control)
  const { kind, artifact, files, bytes, format, runsCode, code } = content
  const { gatesFrom } = registry.gatesOfLastRun(given.project, given.model)
  return {
    kind, artifact, files: files.length, bytes, format, runsCode, code, signedBy,
    isSpdx: isSpdx(given.licence),
    gatesFrom: gatesFrom === 'none' ? null : gatesFrom,
    meaning: MEANING,
    statement: statementOf(given, artifact),
  }
}

/**
 * Takes a model from outside in as the next version, signed by `signer`, made from the passphrase just typed. It is read again, and refused where it is not
 * `artifact` any more, which the person was shown. What was stored by then stays in the store, where no entry names it.
 */
export async function importModel(services: Services, reserved: readonly string[], actor: Actor, signer: Signer, given: ForeignModel & { readonly artifact: string }, control: ImportControl): Promise<VersionKey> {
  const { registry, blobs } = services
  const { project, model, source, licence, sha256 } = given
  const { content, signature } = await read(reserved, given, { ...control, onProgress: (share, text) => control.onProgress(share / 2, text) })
  const { kind, artifact, files, bytes, format, runsCode, code } = content
  if (artifact !== given.artifact) throw new RequestError('conflict', `${given.path} is not what was shown any more: its SHA-256 is ${artifact}, and was ${given.artifact}. Nothing was recorded. Look at it again.`)
  control.onProgress(0.5, 'Storing')
  await storeForeignModel(content, blobs)
  const signed = signature && (await storeForeignSignature(signature, blobs))
  control.signal.throwIfAborted()
  return registry.import(signer, {
    project, model, author: actor.person, artifact, kind, files: files.length, bytes, format,
    hash: sha256 === undefined ? 'computed' : 'given',
    source, licence, runsCode, code: [...code],
    ...(signed ? { signature: signed } : {}),
    meaning: MEANING,
    statement: statementOf(given, artifact),
  })
}

function statementOf({ model, source, licence }: ForeignModel, artifact: string): string {
  return `I vouch for the content with the SHA-256 ${artifact} as a version of ${model}: it comes from ${source}, under the licence ${licence}. No run of this workplace made it.`
}

async function read(reserved: readonly string[], given: ForeignModel, { signal, onProgress }: ImportControl): Promise<{ content: ForeignContent; signature: ForeignSignature | undefined; signedBy: string | null }> {
  const { path, sha256, signature: paths } = given
  for (const each of [path, ...(paths ? [paths.path, paths.publicKey] : [])]) {
    if (!isAbsolute(each)) throw new RequestError('invalid-path', `${each} is not an absolute path. Say where on the orchestrator's machine it lies.`)
  }
  const signature = paths && (await readForeignSignature(paths))
  const leftOut = paths ? [paths.path, paths.publicKey] : []
  const content = await readForeignModel(path, reserved, leftOut, { signal, onFile: (done, of) => onProgress(done / of, `Reading file ${done + 1} of ${of}`) })
  if (sha256 !== undefined && sha256 !== content.artifact) {
    throw new RequestError('conflict', `${path} has the SHA-256 ${content.artifact}, not ${sha256}: it is not the model that you were told of. Nothing was recorded. Get it again, or compare the hashes with whoever published it.`)
  }
  return { content, signature, signedBy: signature ? checkForeignSignature(content, signature) : null }
}
