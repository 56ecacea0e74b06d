import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A pipeline for three tools: stage `i` reads `data/<needs>` and makes `data/<i>`. `command` gets the file that it makes. */
export interface Graph {
  readonly needs: readonly (number | null)[]
  readonly command: (out: string) => string
}

const name = (index: number): string => `s${index}`
const file = (index: number): string => `data/${index}`

/** Chains beside each other: `wide` of them, so long that they have `count` stages together. */
export function chains(count: number, wide: number, command: Graph['command']): Graph {
  return { needs: Array.from({ length: count }, (_, index) => (index < wide ? null : index - wide)), command }
}

/** `count` stages that all read what the first made. */
export function fan(count: number, command: Graph['command']): Graph {
  return { needs: Array.from({ length: count }, (_, index) => (index === 0 ? null : 0)), command }
}

export function writeDvc(folder: string, { needs, command }: Graph): void {
  const stages = needs.map((need, index) => `  ${name(index)}:\n    cmd: ${command(file(index))}\n${need === null ? '' : `    deps: [${file(need)}]\n`}    outs: [${file(index)}]\n`)
  write(folder, 'dvc.yaml', `stages:\n${stages.join('')}`)
}

export function writeMakefile(folder: string, { needs, command }: Graph): void {
  const rules = needs.map((need, index) => `${file(index)}:${need === null ? '' : ` ${file(need)}`}\n\t@${command(file(index))}\n`)
  write(folder, 'Makefile', `all: ${needs.map((_, index) => file(index)).join(' ')}\n${rules.join('')}`)
}

export function writeSnakefile(folder: string, { needs, command }: Graph): void {
  const rules = needs.map((need, index) => `rule ${name(index)}:\n${need === null ? '' : `    input: "${file(need)}"\n`}    output: "${file(index)}"\n    shell: "${command(file(index))}"\n`)
  write(folder, 'Snakefile', `rule all:\n    input: [f"data/{i}" for i in range(${needs.length})]\n${rules.join('')}`)
}

/** The files as if all stages had run, each newer than what it reads as far as a clock tells. */
export function writeOuts(folder: string, { needs }: Graph): void {
  mkdirSync(join(folder, 'data'), { recursive: true })
  for (const index of needs.keys()) writeFileSync(join(folder, file(index)), `${index}\n`)
}

function write(folder: string, path: string, text: string): void {
  mkdirSync(join(folder, 'data'), { recursive: true })
  writeFileSync(join(folder, path), text)
}
