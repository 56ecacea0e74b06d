import { InstallationDamaged, compareFiles, readManifest, type CheckedManifest, type Comparison, type FileSystem, type Installation, type SignedFolder } from '../client/index.ts'
import { appImageMount, runtimesFolder, withoutMount } from './appimage.ts'
import { packagedInstallation } from './packaged.ts'
import { ensureRuntimeCopy, removeUnusedCopies } from './runtime-copy.ts'

/** What the check of an installed product has shown. */
export interface Checked {
  readonly version: string
  readonly signed: boolean
  readonly fingerprint: string
  readonly files: number
  readonly bytes: number
}

/** What the window starts an orchestrator from. */
export interface Prepared {
  readonly installation: Installation
  readonly env: NodeJS.ProcessEnv
  readonly checked: Checked | null
  /** Removes what earlier versions left, when the window is open. */
  readonly tidy: () => Promise<void>
}

/** A checkout is what its owner makes of it: there is nothing to compare it with. */
export function prepareCheckout(installation: Installation, env: NodeJS.ProcessEnv): Prepared {
  return { installation, env, checked: null, tidy: () => Promise.resolve() }
}

/**
 * Compares an installed product with its signed list of files, before anything is started from it; where it does not stay in its place,
 * makes sure of a copy that does. Electron's own files are not looked at: they run already. Throws InstallationDamaged.
 *
 * @param signed Electron's `process.resourcesPath`, and the key as the window's archive holds it.
 * @param files Electron's `original-fs`, to which the archive is a file.
 */
export async function prepareInstalled(signed: SignedFolder, files: FileSystem, env: NodeJS.ProcessEnv): Promise<Prepared> {
  const list = await readManifest(signed, files)
  const mount = appImageMount(signed.folder, env)
  if (mount === null) return prepareInPlace(signed.folder, list, files, env)
  return prepareCopy(signed.folder, list, files, env, mount)
}

async function prepareInPlace(resources: string, list: CheckedManifest, files: FileSystem, env: NodeJS.ProcessEnv): Promise<Prepared> {
  const compared = await compareFiles(resources, list.manifest, ['processes', 'window'], files)
  refuse(resources, compared)
  return { installation: packagedInstallation(resources), env, checked: describe(list, [compared]), tidy: () => Promise.resolve() }
}

/** The window and its archive stay in the mount, which lives as long as they do. */
async function prepareCopy(resources: string, list: CheckedManifest, files: FileSystem, env: NodeJS.ProcessEnv, mount: string): Promise<Prepared> {
  const window = await compareFiles(resources, list.manifest, ['window'], files)
  refuse(resources, window)
  const runtimes = runtimesFolder(env)
  const copy = await ensureRuntimeCopy({ resources, manifest: list.manifest }, runtimes)
  return {
    installation: { ...packagedInstallation(copy.folder), renderer: packagedInstallation(resources).renderer },
    env: withoutMount(env, mount),
    checked: describe(list, [window, copy.compared]),
    tidy: () => removeUnusedCopies(runtimes, copy.folder),
  }
}

function refuse(folder: string, { damage }: Comparison): void {
  if (damage.length > 0) throw new InstallationDamaged(folder, damage)
}

function describe({ manifest, fingerprint }: CheckedManifest, compared: readonly Comparison[]): Checked {
  const sum = (key: 'files' | 'bytes') => compared.reduce((total, part) => total + part[key], 0)
  return { version: manifest.version, signed: manifest.signed, fingerprint, files: sum('files'), bytes: sum('bytes') }
}
