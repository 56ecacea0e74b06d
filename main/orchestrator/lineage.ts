import { NO_REPOSITORY, type Lineage, type RunDetail, type VersionSummary } from '../../shared/contract/index.ts'
import { isCode } from '../../shared/graph/code-files.ts'
import type { Services } from './services.ts'

const short = (digest: string) => digest.slice(0, 8)

function codeVersion({ code }: RunDetail): string {
  if (code.commit !== 'unknown') return `code ${code.commit.slice(0, 7)}`
  return code.reason === NO_REPOSITORY ? 'code not versioned' : 'code version not known'
}

/** What a version came from and what was decided about it: datasets and thresholds -> run -> version -> approvals and packs. */
export function describeLineage({ training, registry, evidence }: Services, version: VersionSummary): Lineage {
  const run = training.run(version.run)
  const key = { project: version.project, model: version.model, version: version.version }
  const nodes: Lineage['nodes'] = []
  const edges: Lineage['edges'] = []
  const runId = `run-${run.id}`
  const versionId = `version-${version.version}`

  const code = run.snapshots.filter(({ path }) => isCode(path))
  for (const { path, manifest, entry } of run.snapshots) {
    if (isCode(path)) continue
    nodes.push({ id: `dataset-${entry}`, kind: 'dataset', title: path, detail: short(manifest), entry })
    edges.push({ from: `dataset-${entry}`, to: runId, entry: run.startedEntry })
  }
  if (code.length > 0) {
    nodes.push({ id: 'code', kind: 'code', title: code.length === 1 ? '1 code file' : `${code.length} code files`, detail: codeVersion(run), entry: run.startedEntry })
    edges.push({ from: 'code', to: runId, entry: run.startedEntry })
  }
  const [gate] = registry.gates(key)
  if (gate) {
    nodes.push({ id: 'thresholds', kind: 'thresholds', title: 'thresholds', detail: `#${gate.fixedByEntry}`, entry: gate.fixedByEntry })
    edges.push({ from: 'thresholds', to: runId, entry: gate.fixedByEntry })
  }
  nodes.push({ id: runId, kind: 'run', title: `run ${run.id}`, detail: codeVersion(run), entry: run.startedEntry })
  nodes.push({ id: versionId, kind: 'version', title: `version ${version.version}`, detail: short(version.artifact), entry: version.entry })
  edges.push({ from: runId, to: versionId, entry: version.entry })

  for (const decision of registry.promotions.all(key).flatMap((promotion) => promotion.decisions.map((each) => ({ ...each, to: promotion.to })))) {
    const id = `approval-${decision.entry}`
    nodes.push({ id, kind: 'approval', title: `${decision.decision} for ${decision.to}`, detail: decision.by, entry: decision.entry })
    edges.push({ from: versionId, to: id, entry: decision.entry })
  }
  for (const pack of evidence.packs(version.project)) {
    if (pack.model !== version.model || pack.version !== version.version) continue
    nodes.push({ id: pack.id, kind: 'pack', title: 'evidence pack', detail: short(pack.manifest), entry: pack.entry })
    edges.push({ from: versionId, to: pack.id, entry: pack.entry })
  }
  return { nodes, edges }
}
