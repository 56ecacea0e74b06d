import { isAbsolute, join, resolve } from 'node:path'
import { mayDo, RequestError } from '../../../shared/contract/index.ts'
import { readPipeline } from '../../pipelines/index.ts'
import { copySample, listSamples } from '../../projects/index.ts'
import { recordExport, refuseTarget, reservedFolders } from '../data-export.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

type ProjectMethods =
  | 'projects.list'
  | 'projects.get'
  | 'projects.add'
  | 'projects.change'
  | 'samples.list'
  | 'samples.add'
  | 'pipelines.read'
  | 'datasets.list'
  | 'datasets.files'
  | 'datasets.snapshot'
  | 'datasets.export'

export function answerProjects(workplace: Workplace): Pick<Answers, ProjectMethods> {
  const { resources } = workplace.installation
  return {
    'projects.list': (_, call) => {
      const holdings = call.holdings()
      return workplace.ready().projects.list().filter(({ id }) => mayDo(holdings, 'project.read', { project: id }))
    },
    'projects.get': ({ project }) => workplace.ready().projects.get(project),
    'projects.add': ({ id, folder, ...system }, call) => {
      const project = workplace.ready().projects.add(call.actor(), id, folder, system)
      workplace.emit({ type: 'projects.changed', project: id })
      return project
    },
    'projects.change': ({ project, folder, ...system }, call) => {
      // A folder could be that of another project.
      if (folder !== undefined && !mayDo(call.holdings(), 'project.manage')) throw new RequestError('not-permitted', 'Where a project lies is changed by somebody who manages all projects. Leave the folder out, or ask them.')
      const changed = workplace.ready().projects.change(call.actor(), project, system, folder)
      workplace.emit({ type: 'projects.changed', project })
      return changed
    },
    'samples.list': async () =>
      (await listSamples(resources)).map(({ id, title, description, requirement }) => ({ id, title, description, requirement })),
    'samples.add': async ({ sample: sampleId, id, folder }, call) => {
      const { projects } = workplace.ready()
      const actor = call.actor()
      const sample = (await listSamples(resources)).find((each) => each.id === sampleId)
      if (!sample) throw new RequestError('not-found', `There is no sample ${sampleId}.`)
      if (projects.list().some((project) => project.id === id)) throw new RequestError('already-exists', `There is a project ${id} already. Choose another id.`)
      const target = resolve(folder ?? join(workplace.folder.projects, id))
      const project = await copySample(sample, target, () => projects.add(actor, id, target, sample.system))
      workplace.emit({ type: 'projects.changed', project: id })
      return project
    },
    'pipelines.read': async ({ project }) => {
      const { projects, evidence, roles } = workplace.ready()
      const folder = projects.presentFolder(project)
      const read = await readPipeline(folder, (citation) => evidence.knowsObligation(citation), roles.list().map(({ role }) => role))
      if (read.ok) return read
      return { ...read, problems: read.problems.map(({ code, message, file, line, column }) => ({ code, message, file, line, column })) }
    },
    'datasets.list': ({ project }) => workplace.ready().snapshots.list(project),
    'datasets.files': ({ snapshot, after, limit }) => workplace.ready().snapshots.files(snapshot, after, limit),
    'datasets.snapshot': async ({ project, path, dataset, rehash }, call) => {
      const { projects, snapshots } = workplace.ready()
      const snapshot = await snapshots.take(call.actor(), { project, folder: projects.presentFolder(project), path, dataset, rehash }, call.signal)
      workplace.emit({ type: 'datasets.changed', project })
      return snapshot
    },
    'datasets.export': async ({ project, snapshot: id, to, purpose }, call) => {
      if (!isAbsolute(to)) throw new RequestError('invalid-path', `${to} is not an absolute path. Say where on the orchestrator's machine the copy goes.`)
      const { ledger, snapshots } = workplace.ready()
      const snapshot = snapshots.get(project, id)
      await refuseTarget(to, reservedFolders({ folder: workplace.folder, ...workplace.ready() }))
      const { manifest, files, bytes } = snapshot
      const entry = recordExport(ledger, call.actor(), { what: 'snapshot', project, name: snapshot.path, sha256: manifest, purpose })
      await snapshots.copyTo(snapshot, to, { signal: call.signal, onFile: (done) => call.progress(done / files, `${done} of ${files} files`) })
      return { path: to, manifest, files, bytes, entry }
    },
  }
}
