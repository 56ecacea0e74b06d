import { isAbsolute } from 'node:path'
import { mayDo, RequestError } from '../../../shared/contract/index.ts'
import { describeLineage } from '../lineage.ts'
import type { Answers, Call } from '../router.ts'
import type { Services } from '../services.ts'
import type { Workplace } from '../workplace.ts'
import type { VersionKey } from '../../registry/index.ts'

type ModelMethods = 'models.list' | 'models.get' | 'models.requestPromotion' | 'models.statement' | 'models.decide' | 'models.archive' | 'models.download'

export function answerModels(workplace: Workplace): Pick<Answers, ModelMethods> {
  const describe = (services: Services, key: VersionKey, call: Call) => {
    const { registry } = services
    const version = registry.version(key)
    const { person, roles } = call.actor()
    return {
      ...version,
      gates: registry.gates(key),
      promotions: registry.promotions(key),
      lineage: describeLineage(services, version),
      mayDecide: registry.mayDecide(person, mayDo(roles, 'model.decide'), key),
    }
  }
  return {
    'models.list': ({ project }) => workplace.ready().registry.versions(project),
    'models.get': (key, call) => describe(workplace.ready(), key, call),
    'models.requestPromotion': ({ to, ...key }, call) => {
      const { registry } = workplace.ready()
      try {
        return registry.requestPromotion(call.actor(), key, to)
      } finally {
        workplace.emit({ type: 'models.changed', project: key.project })
      }
    },
    'models.statement': ({ decision, ...key }) => {
      const { registry, ledger } = workplace.ready()
      const { artifact } = registry.version(key)
      return { ...registry.statement(key, decision, ledger.size), tree: { size: ledger.size, root: ledger.root.toString('base64') }, artifact }
    },
    'models.decide': async ({ decision, comment, treeSize, passphrase, ...key }, call) => {
      const services = workplace.ready()
      const actor = call.actor()
      const signer = await services.sessions.signAgain(actor, passphrase)
      services.registry.decide(actor, signer, key, { decision, comment, treeSize })
      workplace.emit({ type: 'models.changed', project: key.project })
      return describe(services, key, call)
    },
    'models.archive': async ({ comment, passphrase, ...key }, call) => {
      const services = workplace.ready()
      const signer = await services.sessions.signAgain(call.actor(), passphrase)
      services.registry.archive(signer, key, comment)
      workplace.emit({ type: 'models.changed', project: key.project })
      return describe(services, key, call)
    },
    'models.download': async ({ to, ...key }) => {
      if (!isAbsolute(to)) throw new RequestError('invalid-path', `${to} is not an absolute path. Say where on the orchestrator's machine the copy goes.`)
      const { registry, blobs } = workplace.ready()
      const { artifact } = registry.version(key)
      await blobs.copyTo(artifact, to)
      return { path: to, sha256: artifact }
    },
  }
}
