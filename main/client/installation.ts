import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { PACKAGE_KEY_FILE } from './manifest.ts'
import { InstallationDamaged, compareFiles, readManifest, type SignedFolder } from './verify-installation.ts'

/** Where the parts of this installation lie: built (`build/`, packaged or not) or straight from the sources. */
export interface Installation {
  readonly node: string
  readonly orchestrator: string
  readonly runner: string
  /** A thread of a verification. */
  readonly ledgerVerifier: string
  /** A thread that reads and hashes files. */
  readonly fileThread: string
  /** Stands first on a stage's PATH: `node` and `strongroom`. */
  readonly bin: string
  readonly renderer: string
  readonly resources: string
  /** IBM Plex, as its packages lay it out: `ibm-plex-sans/files/...woff`. */
  readonly fonts: string
  /** What an installed product is checked against before an orchestrator is started; null in a checkout. */
  readonly signed: SignedFolder | null
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
    ledgerVerifier: join(root, 'main', 'ledger', 'verify-thread.ts'),
    fileThread: join(root, 'main', 'content', 'file-thread.ts'),
    bin: join(root, 'build', 'bin'),
    renderer: join(root, 'build', 'renderer'),
    resources: join(root, 'resources'),
    fonts: join(root, 'node_modules', '@fontsource'),
    signed: null,
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
    ledgerVerifier: join(build, 'main', 'ledger-verifier.js'),
    fileThread: join(build, 'main', 'file-thread.js'),
    bin: join(build, 'bin'),
    renderer: join(build, 'renderer'),
    resources: join(build, 'resources'),
    fonts: join(build, 'resources', 'fonts'),
    signed: signedFolder(dirname(build)),
  }
}

/** A package carries the key of its list of files, so that a list that is gone is noticed; a checkout's build has neither. */
function signedFolder(folder: string): SignedFolder | null {
  const key = join(folder, PACKAGE_KEY_FILE)
  return existsSync(key) ? { folder, key: readFileSync(key, 'utf8') } : null
}

/** Throws `installation-damaged` unless every file that the orchestrator and its runners use is what was packed. */
export async function refuseDamaged(installation: Installation): Promise<void> {
  if (!installation.signed) return
  const { manifest } = await readManifest(installation.signed)
  const { damage } = await compareFiles(installation.signed.folder, manifest, ['processes'])
  if (damage.length > 0) throw new InstallationDamaged(installation.signed.folder, damage)
}
