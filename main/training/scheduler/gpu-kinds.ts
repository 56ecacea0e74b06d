import type { Gpu, ResourceRequest } from './state.ts'

/** GPUs that are as good as each other: of one model, with the same memory. Jobs get any of a kind, so the scheduler counts kinds. */
export interface GpuKind {
  readonly model: string
  readonly memoryBytes: number
  readonly isPart: boolean
  readonly uuids: readonly string[]
}

/** The kinds, the smallest memory first, parts before whole GPUs: what suits a job and is of least use to others is taken first. */
export function gpuKinds(gpus: readonly Gpu[]): GpuKind[] {
  const kinds: { model: string; memoryBytes: number; isPart: boolean; uuids: string[] }[] = []
  for (const { uuid, model, memoryBytes, isPart } of gpus) {
    const known = kinds.find((kind) => kind.model === model && kind.memoryBytes === memoryBytes && kind.isPart === isPart)
    if (known) known.uuids.push(uuid)
    else kinds.push({ model, memoryBytes, isPart, uuids: [uuid] })
  }
  return kinds.sort((a, b) => Number(b.isPart) - Number(a.isPart) || a.memoryBytes - b.memoryBytes || (a.model < b.model ? -1 : 1))
}

/** Whether a GPU of this kind can be one of those that a job asks for. */
export function suits(kind: Pick<GpuKind, 'model' | 'memoryBytes' | 'isPart'>, { gpus, gpuMemoryBytes, gpuModel }: ResourceRequest): boolean {
  return kind.memoryBytes >= gpuMemoryBytes && (gpuModel === null || isModel(kind.model, gpuModel)) && !(kind.isPart && gpus > 1)
}

/**
 * Whether a GPU's name is of the model that somebody asks for: its words stand in the name one after another, in any case. `H100` is
 * `NVIDIA H100 80GB HBM3`, and `A10` is not `NVIDIA A100-SXM4-40GB`.
 */
export function isModel(name: string, asked: string): boolean {
  const [words, wanted] = [wordsOf(name), wordsOf(asked)]
  return wanted.length > 0 && words.some((_, start) => wanted.every((word, index) => words[start + index] === word))
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
}

/**
 * How many of each kind a job gets where `free` are free, by kind, which together are enough: all of one kind if any has as many, else of
 * several, as a model that it names would have kept apart.
 */
export function chooseKinds(count: number, suited: readonly number[], free: (kind: number) => number): { kind: number; count: number }[] {
  if (count === 0) return []
  const one = suited.find((kind) => free(kind) >= count)
  if (one !== undefined) return [{ kind: one, count }]
  const chosen: { kind: number; count: number }[] = []
  let left = count
  for (const kind of [...suited].sort((a, b) => free(b) - free(a) || a - b)) {
    const some = Math.max(0, Math.min(left, free(kind)))
    if (some > 0) chosen.push({ kind, count: some })
    left -= some
  }
  return chosen
}
