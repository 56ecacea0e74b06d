import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Stage } from '../../../shared/graph/pipeline.ts'
import type { Discovery } from '../gpus/find-gpus.ts'
import { isPython, listDistributions, programWord, resolveProgram, type Distributions } from '../runner/environment.ts'
import { hashProgramOnce, identityOf } from '../runner/hashed-program.ts'
import { platform } from '../runner/platform/index.ts'
import { stageEnvironment } from '../stage-environment.ts'

/** Of what a stage inherits, what can change what it computes. Where a folder of the machine lies does not; which GPU of several it gets does not either. */
const TELLING = /^(LANG|LANGUAGE|LC_.*|TZ|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|VIRTUAL_ENV|PYTHON.*|R_LIBS.*|JULIA_DEPOT_PATH|CUDA_.*|NCCL_.*|HIP_.*|OMP_.*|MKL_.*|OPENBLAS_.*|CONDA_DEFAULT_ENV)$/
const GIVEN_BY_US = new Set(['CUDA_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES', 'PYTHONUNBUFFERED'])

/** A Python's packages as they were when its folders were as `identity` says. */
interface KnownPackages {
  readonly identity: string
  readonly digest: string
}

/** For as long as this process lives: asking a Python takes a tenth of a second, and looking at its folders none. */
const knownPackages = new Map<string, { readonly folders: readonly string[]; readonly at: KnownPackages }>()

export interface EnvironmentOptions {
  readonly binFolder: string | null
  /** The version of Strongroom, whose own steps are part of it. */
  readonly software: string
  /** What the machine's GPUs are, model and driver, for stages that use some. */
  readonly gpus: () => Promise<readonly string[]>
  /** How an executor is configured, by its name. */
  readonly elsewhere: (executor: string) => string
}

/**
 * What a stage would run on, as far as a result can depend on it: the programs that its commands name, by content; the packages of a Python
 * among them; the system, and the variables that it inherits. One instance is one look at the machine: what it has found it does not ask again.
 */
export class EnvironmentBasis {
  readonly #options: EnvironmentOptions
  readonly #environment: Record<string, string>
  readonly #programs = new Map<string, Promise<Record<string, string>>>()
  readonly #common: Record<string, string>

  constructor(options: EnvironmentOptions, parent: NodeJS.ProcessEnv = process.env) {
    this.#options = options
    this.#environment = stageEnvironment(parent, { binFolder: options.binFolder, metricsPath: '', additions: {} })
    const variables = Object.entries(this.#environment).filter(([name]) => TELLING.test(name) && !GIVEN_BY_US.has(name))
    this.#common = {
      system: platform.osName(),
      architecture: process.arch,
      ...Object.fromEntries(variables.map(([name, value]) => [`variable ${name}`, value])),
    }
  }

  /** By name; `project` is the folder that the stage's working folder lies in. */
  async read(project: string, { cmd, wdir, meta }: Pick<Stage, 'cmd' | 'wdir' | 'meta'>): Promise<Record<string, string>> {
    // What is installed elsewhere nobody can tell before it ran there.
    if (meta.executor !== undefined) return { executor: this.#options.elsewhere(meta.executor) }
    const cwd = join(project, wdir)
    const words = [...new Set(cmd.map(programWord).filter((word) => word !== null))]
    const programs = await Promise.all(words.map((word) => this.#program(word, cwd)))
    const gpus = (meta.resources.gpus ?? 0) > 0 ? { gpus: [...new Set(await this.#options.gpus())].sort().join(', ') } : {}
    return Object.assign({}, this.#common, gpus, ...programs) as Record<string, string>
  }

  #program(word: string, cwd: string): Promise<Record<string, string>> {
    const place = word.includes('/') ? `${cwd}\0${word}` : word
    const known = this.#programs.get(place) ?? this.#readProgram(word, cwd)
    this.#programs.set(place, known)
    return known
  }

  async #readProgram(word: string, cwd: string): Promise<Record<string, string>> {
    const found = await resolveProgram(word, cwd, this.#environment)
    if (found === null) return { [`program ${word}`]: 'not found' }
    // What lies there starts the Node, or the Strongroom, that this is.
    if (dirname(found) === this.#options.binFolder) {
      const isNode = /^node(\.cmd)?$/.test(basename(found))
      return { [`program ${word}`]: isNode ? ((await hashProgramOnce(process.execPath))?.sha256 ?? process.version) : `strongroom ${this.#options.software}` }
    }
    const sha256 = (await hashProgramOnce(found))?.sha256 ?? 'unreadable'
    return { [`program ${word}`]: sha256, ...(isPython(word) || isPython(found) ? { [`packages of ${word}`]: await this.#packages(found, cwd) } : {}) }
  }

  async #packages(python: string, cwd: string): Promise<string> {
    const { PYTHONPATH = '', PYTHONHOME = '', VIRTUAL_ENV = '' } = this.#environment
    const place = [python, PYTHONPATH, PYTHONHOME, VIRTUAL_ENV].join('\0')
    const known = knownPackages.get(place)
    if (known && (await identityOfFolders(python, known.folders)) === known.at.identity) return known.at.digest
    const listed = await listDistributions(python, cwd, this.#environment)
    if (listed === null) return 'unknown'
    const at = { identity: await identityOfFolders(python, listed.folders), digest: digestOf(listed) }
    knownPackages.set(place, { folders: listed.folders, at })
    return at.digest
  }
}

function digestOf({ found }: Distributions): string {
  return createHash('sha256').update(JSON.stringify(found.map(({ name, version }) => [name, version]))).digest('hex')
}

/** The machine's GPUs, each by its model and driver. */
export async function gpuModels(find: () => Promise<Discovery>): Promise<string[]> {
  return (await find()).gpus.map(({ model, driver }) => `${model} (driver ${driver})`)
}

/** Installing, upgrading and removing a package each make or remove an entry of one of these folders. */
async function identityOfFolders(python: string, folders: readonly string[]): Promise<string> {
  return (await Promise.all([python, ...folders].map((path) => identityOf(path).catch(() => 'none')))).join('\n')
}
