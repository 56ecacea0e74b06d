const CODE = new Set(['py', 'mjs', 'cjs', 'js', 'ts', 'sh', 'r', 'jl', 'md', 'ipynb'])

/** Whether a path is code or its description: those are counted, where data is drawn. */
export function isCode(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot > 0 && CODE.has(name.slice(dot + 1).toLowerCase())
}
