import type { About, Naming, Target } from '../../shared/contract/index.ts'
import type { Services } from './services.ts'

/** Finds what is behind a number or a name; undefined where there is nothing. */
export interface Finder {
  run(run: number): Target | undefined
  snapshot(snapshot: number): Target | undefined
  pack(pack: string): Target | undefined
}

export function finderOf({ training, snapshots, evidence }: Pick<Services, 'training' | 'snapshots' | 'evidence'>): Finder {
  const ofProject = (project: string | undefined) => (project === undefined ? undefined : { project })
  return {
    run: (run) => ofProject(training.projectOf(run)),
    snapshot: (snapshot) => ofProject(snapshots.projectOf(snapshot)),
    pack: (pack) => evidence.subjectOf(pack),
  }
}

/** By each kind of naming: what the params are about, and in which words they name it. The words do not tell whether it exists. */
const BY: { readonly [K in keyof Naming]: { find(params: Naming[K], finder: Finder): Target | undefined; name(params: Naming[K]): string } } = {
  project: { find: ({ project }) => ({ project }), name: ({ project }) => `the project ${project}` },
  model: { find: ({ project, model }) => ({ project, model }), name: ({ project, model }) => `the model ${model} of the project ${project}` },
  run: { find: ({ run }, finder) => finder.run(run), name: ({ run }) => `run ${run}` },
  snapshot: { find: ({ snapshot }, finder) => finder.snapshot(snapshot), name: ({ snapshot }) => `snapshot ${snapshot}` },
  pack: { find: ({ pack }, finder) => finder.pack(pack), name: ({ pack }) => `the pack ${pack}` },
}

/** What a request is about by its parsed params, and how they name it; null for what is about nothing in particular. */
export function subjectOfRequest(about: About, params: unknown, finder: () => Finder): { target: Target | undefined; name: string } | null {
  if (about === 'organisation' || about === 'listed') return null
  // `request()` takes an `about` only with params that name it so.
  const by: { find(params: unknown, finder: Finder): Target | undefined; name(params: unknown): string } = BY[about]
  return { target: by.find(params, finder()), name: by.name(params) }
}

/** What an entry is about, by the members of its detail; undefined for one of the organisation. */
export function subjectOfEntry({ project, model, run }: { readonly [member: string]: unknown }, finder: () => Finder): Target | undefined {
  if (typeof project === 'string') return { project, model: typeof model === 'string' ? model : undefined }
  return typeof run === 'number' ? finder().run(run) : undefined
}
