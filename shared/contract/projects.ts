import { z } from 'zod'
import { Problem } from './errors.ts'
import { ProjectId, Sha256, Timestamp } from './ids.ts'
import { Pipeline } from '../graph/pipeline.ts'
import { Reason } from './people.ts'
import { request } from './request.ts'

/** The AI system that a project describes: these decide which obligations apply. */
export const SystemDescription = z.object({
  name: z.string().trim().min(1).max(120),
  intendedPurpose: z.string().trim().min(1).max(4000),
  roles: z.array(z.enum(['provider', 'deployer'])).min(1),
  /** The point of Annex III, such as `5(b)`; `none` for a system that is stated not to be high-risk; empty until somebody has classified it. */
  annexIII: z.string().regex(/^(none|[1-8](\([a-e]\))?)?$/, 'write the point of Annex III as 5(b), or none for a system that is not high-risk; leave it empty until that is decided'),
})
export type SystemDescription = z.infer<typeof SystemDescription>

export const Project = SystemDescription.extend({
  id: ProjectId,
  folder: z.string(),
  createdAt: Timestamp,
  createdEntry: z.number().int(),
})
export type Project = z.infer<typeof Project>

export const Snapshot = z.object({
  id: z.number().int(),
  project: ProjectId,
  dataset: z.string(),
  path: z.string(),
  manifest: Sha256,
  files: z.number().int(),
  bytes: z.number().int(),
  takenAt: Timestamp,
  takenBy: z.string(),
  entry: z.number().int(),
  runs: z.array(z.number().int()),
})
export type Snapshot = z.infer<typeof Snapshot>

export const SnapshotFile = z.object({ path: z.string(), bytes: z.number().int(), sha256: Sha256 })

export const Sample = z.object({ id: z.string(), title: z.string(), description: z.string(), requirement: z.string().nullable() })

export const projectRequests = {
  'projects.list': request('project.read', z.object({}), z.array(Project), 'listed'),
  'projects.get': request('project.read', z.object({ project: ProjectId }), Project, 'project'),
  /** Registers an existing folder that holds a `dvc.yaml`; nothing is written there. */
  'projects.add': request('project.manage', SystemDescription.extend({ id: ProjectId, folder: z.string().min(1) }), Project),
  /** `folder` says where it lies by now. */
  'projects.change': request('project.manage', SystemDescription.extend({ project: ProjectId, folder: z.string().min(1).optional() }), Project, 'project'),
  /** The bundled samples, and copying one into a new folder as a project. */
  'samples.list': request('project.read', z.object({}), z.array(Sample), 'listed'),
  'samples.add': request('project.manage', z.object({ sample: z.string(), id: ProjectId, folder: z.string().min(1).optional() }), Project),
  'pipelines.read': request(
    'project.read',
    z.object({ project: ProjectId }),
    z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), pipeline: Pipeline, text: z.string() }),
      z.object({ ok: z.literal(false), problems: z.array(Problem), text: z.string().nullable() }),
    ]),
    'project',
  ),
  'datasets.list': request('dataset.read', z.object({ project: ProjectId }), z.array(Snapshot), 'project'),
  'datasets.files': request('dataset.read', z.object({ snapshot: z.number().int(), after: z.string().default(''), limit: z.number().int().min(1).max(1000).default(200) }), z.array(SnapshotFile), 'snapshot'),
  /** Copies a snapshot's files, each checked against its digest, into a folder that this makes on the orchestrator's machine. Who, what and why is an entry. */
  'datasets.export': request(
    'dataset.export',
    z.object({ project: ProjectId, snapshot: z.number().int(), to: z.string().min(1), purpose: Reason }),
    z.object({ path: z.string(), manifest: z.string(), files: z.number().int(), bytes: z.number().int(), entry: z.number().int() }),
    'project',
  ),
  /** `rehash` reads every file, and every one that is stored, whatever is remembered of them. */
  'datasets.snapshot': request('dataset.snapshot', z.object({ project: ProjectId, path: z.string().min(1), dataset: z.string().optional(), rehash: z.boolean().optional() }), Snapshot, 'project'),
}
