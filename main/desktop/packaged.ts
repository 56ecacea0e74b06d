import { join } from 'node:path'
import type { Installation } from '../client/index.ts'

/**
 * Where the parts lie in an installed product (see `scripts/package.mjs`): what plain Node runs stands beside the archive, since plain Node
 * cannot read inside it; the window stands in the archive, which Electron checks against its digest.
 *
 * @param resources Electron's `process.resourcesPath`.
 */
export function packagedInstallation(resources: string, platform: NodeJS.Platform = process.platform): Installation {
  const build = join(resources, 'build')
  return {
    node: join(resources, 'runtime', 'bin', platform === 'win32' ? 'node.exe' : 'node'),
    orchestrator: join(build, 'main', 'orchestrator.js'),
    runner: join(build, 'main', 'runner.js'),
    ledgerVerifier: join(build, 'main', 'ledger-verifier.js'),
    fileThread: join(build, 'main', 'file-thread.js'),
    bin: join(build, 'bin'),
    renderer: join(resources, 'app.asar', 'build', 'renderer'),
    resources: join(build, 'resources'),
    fonts: join(build, 'resources', 'fonts'),
    // The window checks it once, at its start, with the key that its archive holds.
    signed: null,
  }
}
