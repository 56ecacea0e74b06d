import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ROLES } from '../../shared/contract/index.ts'
import { Pipeline, type PipelineProblem } from '../../shared/graph/pipeline.ts'
import { readPipeline } from './pipeline-file.ts'

/** A project folder for tests, with its pipeline as it is read. */
export class TestProject {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-project-')))

  write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true })
      writeFileSync(join(this.folder, path), text)
    }
  }

  async pipeline(): Promise<Pipeline> {
    const reading = await readPipeline(this.folder, () => true, ROLES)
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
    return Pipeline.parse(reading.pipeline)
  }

  async problems(): Promise<PipelineProblem[]> {
    const reading = await readPipeline(this.folder, () => true, ROLES)
    if (reading.ok) throw new Error('The pipeline was accepted.')
    return reading.problems
  }

  /** `file:line:column code` of each problem. */
  async places(): Promise<string[]> {
    return (await this.problems()).map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
