import { NO_REPOSITORY, type ImportedModel, type KnownVersion, type Lineage, type RunDetail, type RunId, type VersionSummary } from '../../shared/contract/index.ts'
import { isCode } from '../../shared/graph/code-files.ts'
import { modelsMessages } from '../../shared/messages/models.ts'
import type { MayRead } from '../registry/index.ts'
import type { Services } from './services.ts'

/** Id of the node of the version that has the same content. */
const KNOWN = 'known'

const words = modelsMessages.lineageNodes

const short = (digest: string) => digest.slice(0, 8)

function codeVersion({ code }: RunDetail): string {
  if (code.commit !== 'unknown') return words.code(code.commit.slice(0, 7))
  return code.reason === NO_REPOSITORY ? words.codeNotVersioned : words.codeNotKnown
}

type Drawing = { readonly nodes: Lineage['nodes']; readonly edges: Lineage['edges'] }

/** What a version came from and what was decided about it: datasets and thresholds -> run -> version -> approvals and packs; what was imported comes from outside, or is the content of a version that is here, of which `mayRead` says how much is told. */
export function describeLineage(services: Services, version: VersionSummary, mayRead: MayRead): Lineage {
  const { registry, evidence } = services
  const key = { project: version.project, model: version.model, version: version.version }
  const versionId = `version-${version.version}`
  const origin = version.imported ? 'outside' : `run-${version.run}`
  const { nodes, edges } = version.imported ? describeOutside(version.imported, version.entry) : describeRun(services, version.run, origin)
  if (version.imported?.known) {
    const { known } = version.imported
    const before = describeKnown(services, known, mayRead)
    nodes.push(...before.nodes)
    edges.push(...before.edges, { from: KNOWN, to: versionId, entry: version.entry })
  }
  const [gate] = registry.gates(key)
  if (gate && version.imported?.gatesFrom !== null) {
    const entry = version.imported?.gatesFrom ?? gate.fixedByEntry
    nodes.push({ id: 'thresholds', kind: 'thresholds', title: words.thresholds, detail: words.entry(entry), entry })
    edges.push({ from: 'thresholds', to: version.imported ? versionId : origin, entry: gate.fixedByEntry })
  }
  nodes.push({ id: versionId, kind: 'version', title: words.version(version.version), detail: short(version.artifact), entry: version.entry })
  edges.push({ from: origin, to: versionId, entry: version.entry })

  for (const decision of registry.promotions.all(key).flatMap((promotion) => promotion.decisions.map((each) => ({ ...each, to: promotion.to })))) {
    const id = `approval-${decision.entry}`
    nodes.push({ id, kind: 'approval', title: words.decision(decision.decision, decision.to), detail: decision.by, entry: decision.entry })
    edges.push({ from: versionId, to: id, entry: decision.entry })
  }
  for (const pack of evidence.packs(version.project)) {
    if (pack.model !== version.model || pack.version !== version.version) continue
    nodes.push({ id: pack.id, kind: 'pack', title: words.pack, detail: short(pack.manifest), entry: pack.entry })
    edges.push({ from: versionId, to: pack.id, entry: pack.entry })
  }
  return { nodes, edges }
}

function describeOutside({ licence, signedBy }: ImportedModel, entry: number): Drawing {
  return { nodes: [{ id: 'outside', kind: 'outside', title: words.outside, detail: signedBy === null ? licence : words.signedBy(short(signedBy)), entry }], edges: [] }
}

/** The version that was here with the same content, and where that comes from. */
function describeKnown(services: Services, known: KnownVersion, mayRead: MayRead): Drawing {
  const origin = `run-${known.run}`
  const { nodes, edges } = mayRead(known) ? describeRun(services, known.run, origin) : { nodes: [], edges: [] }
  nodes.push({ id: KNOWN, kind: 'version', title: words.known(known.model, known.version), detail: words.sameContent, entry: known.entry })
  if (nodes.length > 1) edges.push({ from: origin, to: KNOWN, entry: known.entry })
  return { nodes, edges }
}

function describeRun({ training }: Services, id: RunId | null, runId: string): Drawing {
  const nodes: Lineage['nodes'] = []
  const edges: Lineage['edges'] = []
  if (id === null) return { nodes, edges }
  const run = training.run(id)
  const code = run.snapshots.filter(({ path }) => isCode(path))
  for (const { path, manifest, entry } of run.snapshots) {
    if (isCode(path)) continue
    nodes.push({ id: `dataset-${entry}`, kind: 'dataset', title: path, detail: short(manifest), entry })
    edges.push({ from: `dataset-${entry}`, to: runId, entry: run.startedEntry })
  }
  if (code.length > 0) {
    nodes.push({ id: 'code', kind: 'code', title: words.codeFiles(code.length), detail: codeVersion(run), entry: run.startedEntry })
    edges.push({ from: 'code', to: runId, entry: run.startedEntry })
  }
  nodes.push({ id: runId, kind: 'run', title: words.run(run.id), detail: codeVersion(run), entry: run.startedEntry })
  return { nodes, edges }
}
