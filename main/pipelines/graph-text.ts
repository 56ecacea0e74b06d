import type { Pipeline } from '../../shared/graph/pipeline.ts'
import { predecessorsOf } from '../../shared/graph/selection.ts'

type Graph = Pick<Pipeline, 'stages' | 'edges' | 'sources'>

/** A line for each stage: `name <- what it waits for`. */
export function plainGraph({ stages, edges }: Graph): string {
  const needs = predecessorsOf({ edges })
  return stages.map(({ name }) => [name, ...(needs.has(name) ? ['<-', [...(needs.get(name) ?? [])].join(', ')] : [])].join(' ')).join('\n')
}

/** The graph in the language of Graphviz (https://graphviz.org/doc/info/lang.html): stages, what they read that no stage makes, and what goes between. */
export function dotGraph(graph: Graph): string {
  const lines = [
    ...graph.stages.map(({ name, frozen }) => `  ${dotText(`stage ${name}`)} [shape=box, label=${dotText(name)}${frozen ? ', style=dashed' : ''}];`),
    ...graph.sources.map((path) => `  ${dotText(`source ${path}`)} [shape=note, label=${dotText(path)}];`),
    ...graph.edges.map(({ from, to, path }) => `  ${dotText(`stage ${from}`)} -> ${dotText(`stage ${to}`)} [label=${dotText(path)}];`),
    ...readings(graph).map(({ path, stage }) => `  ${dotText(`source ${path}`)} -> ${dotText(`stage ${stage}`)};`),
  ]
  return ['digraph pipeline {', '  rankdir=LR;', ...lines, '}'].join('\n')
}

/** The graph as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html). */
export function mermaidGraph(graph: Graph): string {
  const ids = new Map<string, string>()
  const idOf = (node: string): string => {
    const id = ids.get(node) ?? `n${ids.size}`
    ids.set(node, id)
    return id
  }
  const lines = [
    ...graph.stages.map(({ name }) => `  ${idOf(`stage ${name}`)}[${mermaidText(name)}]`),
    ...graph.sources.map((path) => `  ${idOf(`source ${path}`)}[(${mermaidText(path)})]`),
    ...graph.edges.map(({ from, to, path }) => `  ${idOf(`stage ${from}`)} -->|${mermaidText(path)}| ${idOf(`stage ${to}`)}`),
    ...readings(graph).map(({ path, stage }) => `  ${idOf(`source ${path}`)} --> ${idOf(`stage ${stage}`)}`),
  ]
  return ['flowchart LR', ...lines].join('\n')
}

function readings({ stages, sources }: Graph): { path: string; stage: string }[] {
  const known = new Set(sources)
  return stages.flatMap(({ name, deps }) => deps.filter((path) => known.has(path)).map((path) => ({ path, stage: name })))
}

function dotText(text: string): string {
  // A backslash begins an escape of labels.
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Mermaid has no escapes but HTML's, written with a number sign. */
function mermaidText(text: string): string {
  return `"${text.replaceAll('#', '#35;').replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')}"`
}
