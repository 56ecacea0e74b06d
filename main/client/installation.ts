import { existsSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'

/** Where the parts of this installation lie: built (`build/`, packaged or not) or straight from the sources. */
export interface Installation {
  readonly node: string
  readonly orchestrator: string
  readonly runner: string
  /** Stands first on a stage's PATH: `node` and `strongroom`. */
  readonly bin: string
  readonly renderer: string
  readonly resources: string
}

/** @param node the pinned Node; the process's own unless it is Electron. */
export function findInstallation(node: string = process.execPath): Installation {
  return extname(import.meta.filename) === '.ts' ? fromSources(node) : fromBuild(node)
}

function fromSources(node: string): Installation {
  const root = join(import.meta.dirname, '..', '..')
  return {
    node,
    orchestrator: join(root, 'main', 'orchestrator', 'process.ts'),
    runner: join(root, 'main', 'training', 'runner', 'process.ts'),
    bin: join(root, 'build', 'bin'),
    renderer: join(root, 'build', 'renderer'),
    resources: join(root, 'resources'),
  }
}

function fromBuild(node: string): Installation {
  let build = import.meta.dirname
  while (!existsSync(join(build, 'main', 'orchestrator.js'))) {
    if (dirname(build) === build) throw new Error(`This installation is incomplete: there is no main/orchestrator.js above ${import.meta.dirname}.`)
    build = dirname(build)
  }
  return {
    node,
    orchestrator: join(build, 'main', 'orchestrator.js'),
    runner: join(build, 'main', 'runner.js'),
    bin: join(build, 'bin'),
    renderer: join(build, 'renderer'),
    resources: join(build, 'resources'),
  }
}
