import { mayDo, RequestError } from '../../../shared/contract/index.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

type EvidenceMethods = 'evidence.coverage' | 'evidence.statement' | 'evidence.export' | 'evidence.packs' | 'evidence.report' | 'evidence.verify'

export function answerEvidence(workplace: Workplace): Pick<Answers, EvidenceMethods> {
  return {
    'evidence.coverage': (key) => {
      const { evidence, registry } = workplace.ready()
      return evidence.coverage(registry.version(key))
    },
    'evidence.statement': (key) => {
      const { evidence, ledger, registry } = workplace.ready()
      return { statement: evidence.statement(registry.version(key)), tree: { size: ledger.size, root: ledger.root.toString('base64') } }
    },
    'evidence.export': async ({ passphrase, treeSize, ...key }, call) => {
      const { evidence, ledger, projects, registry, sessions } = workplace.ready()
      const actor = call.actor()
      const signer = await sessions.signAgain(actor, passphrase)
      if (ledger.size !== treeSize) {
        throw new RequestError('conflict', `The ledger has ${ledger.size} entries; the statement that was shown names ${treeSize}. Read it again, then sign.`)
      }
      const pack = await evidence.export(
        { actor, signer, project: projects.get(key.project), version: registry.version(key) },
        { signal: call.signal, onProgress: (share, text) => call.progress(share, text) },
      )
      workplace.emit({ type: 'packs.changed', project: key.project })
      return pack
    },
    'evidence.packs': ({ project }, call) => {
      const holdings = call.holdings()
      return workplace.ready().evidence.packs(project).filter(({ model }) => mayDo(holdings, 'evidence.read', { project, model }))
    },
    'evidence.report': ({ pack }) => workplace.ready().evidence.report(pack),
    'evidence.verify': ({ pack }) => workplace.ready().evidence.verify(pack),
  }
}
