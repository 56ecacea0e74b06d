import { isAbsolute } from 'node:path'
import { mayDo, RequestError, type ForeignModel, type Method } from '../../../shared/contract/index.ts'
import { recordExport, refuseTarget, reservedFolders } from '../data-export.ts'
import { copyModel, exportModel } from '../model-export.ts'
import { examineModel, importModel, type ImportControl } from '../model-import.ts'
import { describeLineage } from '../lineage.ts'
import type { Answers, Call } from '../router.ts'
import type { Services } from '../services.ts'
import type { Workplace } from '../workplace.ts'
import type { VersionKey } from '../../registry/index.ts'

type ModelMethods = Extract<Method, `models.${string}`>

export function answerModels(workplace: Workplace): Pick<Answers, ModelMethods> {
  /** Tells clients, then answers with the version as it is now. */
  const changed = (services: Services, key: VersionKey, call: Call) => {
    workplace.emit({ type: 'models.changed', project: key.project })
    return describe(services, key, call)
  }
  const describe = (services: Services, key: VersionKey, call: Call) => {
    const { registry } = services
    const version = registry.version(key)
    const { person } = call.actor()
    return {
      ...version,
      gates: registry.gates(key),
      promotions: registry.promotions.all(key),
      lineage: describeLineage(services, version, mayReadOf(call)),
      noReturn: registry.promotions.whyNoReturn(key),
      mayDecide: registry.decisions.mayDecide(person, key),
    }
  }
  /** The project must be there before anything is read. */
  const present = (given: ForeignModel): ForeignModel => ({ ...given, project: workplace.ready().projects.get(given.project).id })
  const reserved = () => reservedFolders({ folder: workplace.folder, ...workplace.ready() })
  /** Models of which a version is being imported, as project and name. */
  const importing = new Set<string>()
  /** Of what nothing is imported: the workplace's own, and the projects whose data the person may not copy out. */
  const reservedFor = (call: Call): string[] => {
    const { projects, backups } = workplace.ready()
    const holdings = call.holdings()
    const closed = projects.list().filter(({ id }) => !mayDo(holdings, 'dataset.export', { project: id }))
    return [workplace.folder.root, ...backups.folders(), ...closed.map(({ folder }) => folder)]
  }
  return {
    'models.list': ({ project }, call) => {
      const holdings = call.holdings()
      return workplace.ready().registry.versions(project).filter(({ model }) => mayDo(holdings, 'model.read', { project, model }))
    },
    'models.get': (key, call) => describe(workplace.ready(), key, call),
    'models.examine': (given, call) => {
      const services = workplace.ready()
      // Reading takes minutes, and ends in a signature.
      services.sessions.expectOwnPassphrase(call.actor())
      return examineModel(services, reservedFor(call), present(given), controlOf(call))
    },
    'models.import': async ({ passphrase, ...given }, call) => {
      const services = workplace.ready()
      const actor = call.actor()
      const signer = await services.sessions.signAgain(actor, passphrase)
      const key = await alone(importing, `${given.project}/${given.model}`, given.model, () => importModel(services, reservedFor(call), actor, signer, { ...present(given), artifact: given.artifact, statement: given.statement }, controlOf(call)))
      // What a full disk prevents is done when the model leaves.
      await services.signatures.sign(services.registry.version(key)).catch(workplace.onFault)
      return changed(services, key, call)
    },
    'models.requestPromotion': ({ to, ...key }, call) => {
      const { registry } = workplace.ready()
      try {
        return registry.promotions.request(call.actor(), key, to)
      } finally {
        workplace.emit({ type: 'models.changed', project: key.project })
      }
    },
    'models.requestRollback': ({ reason, ...key }, call) => {
      const promotion = workplace.ready().registry.promotions.requestRollback(call.actor(), key, reason)
      workplace.emit({ type: 'models.changed', project: key.project })
      return promotion
    },
    'models.withdraw': ({ comment, ...key }, call) => {
      const services = workplace.ready()
      services.registry.promotions.withdraw(call.actor(), key, comment)
      return changed(services, key, call)
    },
    'models.setAlias': ({ alias, ...key }, call) => {
      const services = workplace.ready()
      services.registry.annotations.setAlias(call.actor(), key, alias)
      return changed(services, key, call)
    },
    'models.removeAlias': ({ alias, ...key }, call) => {
      const services = workplace.ready()
      services.registry.annotations.removeAlias(call.actor(), key, alias)
      return changed(services, key, call)
    },
    'models.setTag': ({ key: tag, value, ...key }, call) => {
      const services = workplace.ready()
      services.registry.annotations.setTag(call.actor(), key, tag, value)
      return changed(services, key, call)
    },
    'models.removeTag': ({ key: tag, ...key }, call) => {
      const services = workplace.ready()
      services.registry.annotations.removeTag(call.actor(), key, tag)
      return changed(services, key, call)
    },
    'models.hold': async ({ reason, passphrase, ...key }, call) => {
      const services = workplace.ready()
      const signer = await services.sessions.signAgain(call.actor(), passphrase)
      services.registry.annotations.hold(signer, key, reason)
      return changed(services, key, call)
    },
    'models.release': async ({ hold, reason, passphrase, ...key }, call) => {
      const services = workplace.ready()
      const actor = call.actor()
      const signer = await services.sessions.signAgain(actor, passphrase)
      services.registry.annotations.release(actor, signer, key, hold, reason)
      return changed(services, key, call)
    },
    'models.statement': ({ decision, ...key }) => {
      const { registry, ledger } = workplace.ready()
      const { artifact } = registry.version(key)
      return { ...registry.decisions.statement(key, decision, ledger.size), tree: { size: ledger.size, root: ledger.root.toString('base64') }, artifact }
    },
    'models.decide': async ({ decision, comment, treeSize, passphrase, ...key }, call) => {
      const services = workplace.ready()
      const actor = call.actor()
      const signer = await services.sessions.signAgain(actor, passphrase)
      services.registry.decisions.decide(actor, signer, key, { decision, comment, treeSize })
      return changed(services, key, call)
    },
    'models.archive': async ({ comment, passphrase, ...key }, call) => {
      const services = workplace.ready()
      const signer = await services.sessions.signAgain(call.actor(), passphrase)
      services.registry.archive(signer, key, comment)
      return changed(services, key, call)
    },
    'models.card': (key) => {
      const { evidence, registry } = workplace.ready()
      return evidence.card(registry.version(key))
    },
    'models.bom': async (key) => {
      const { evidence, registry } = workplace.ready()
      return { json: await evidence.bom(registry.version(key)) }
    },
    'models.verify': async (key) => {
      const { registry, signatures } = workplace.ready()
      const version = registry.version(key)
      const { bundle, ...checked } = await signatures.check(version)
      return { ...checked, artifact: version.artifact, bundle: bundle.toString('utf8') }
    },
    'models.keys': () => workplace.ready().signatures.keys(),
    'models.export': async ({ to, purpose, ...key }, call) => {
      if (!isAbsolute(to)) throw new RequestError('invalid-path', `${to} is not an absolute path. Say where on the orchestrator's machine the bundle goes.`)
      const version = workplace.ready().registry.version(key)
      await refuseTarget(to, reserved())
      return exportModel(workplace.ready(), call.actor(), version, to, purpose)
    },
    'models.download': async ({ to, purpose, ...key }, call) => {
      if (!isAbsolute(to)) throw new RequestError('invalid-path', `${to} is not an absolute path. Say where on the orchestrator's machine the copy goes.`)
      const { registry, signatures, blobs, ledger } = workplace.ready()
      const version = registry.version(key)
      const { artifact } = version
      await refuseTarget(to, reserved())
      await signatures.check(version)
      const entry = recordExport(ledger, call.actor(), { what: 'model', project: key.project, model: key.model, name: `${key.model} ${key.version}`, sha256: artifact, purpose })
      await copyModel(version, blobs, to, call.signal)
      return { path: to, sha256: artifact, entry }
    },
  }
}

/** Does some work unless the same is being done: what is asked for twice would be two versions. Throws RequestError `conflict`. */
async function alone<T>(underWay: Set<string>, id: string, model: string, work: () => Promise<T>): Promise<T> {
  if (underWay.has(id)) throw new RequestError('conflict', `A version of ${model} is being imported already. Wait until that has ended, or cancel it; nothing of this one was recorded.`)
  underWay.add(id)
  try {
    return await work()
  } finally {
    underWay.delete(id)
  }
}

function controlOf(call: Call): ImportControl {
  return { mayRead: mayReadOf(call), signal: call.signal, onProgress: (share, text) => call.progress(share, text) }
}

function mayReadOf(call: Call): ImportControl['mayRead'] {
  const holdings = call.holdings()
  return (of) => mayDo(holdings, 'model.read', of)
}
