import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { RequestError } from '../../../shared/contract/index.ts'
import { ARCHIVE, InstallationDamaged, PARTS, compareFiles, findInstallation, readManifest } from '../../client/index.ts'
import { bytes, facts, print } from '../output.ts'
import type { GlobalOptions } from '../session.ts'

export function addInstallationCommands(program: Command): void {
  const installation = program.command('installation').description('this installation of Strongroom itself')

  installation
    .command('verify')
    .description('compare every installed file with the signed list of what was packed')
    .option('--fingerprint <hex>', 'fail unless the list is signed with the key of this SHA-256 fingerprint; have it by another way than the package')
    .action(async (own: { fingerprint?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { signed } = findInstallation()
      if (!signed) throw new RequestError('not-found', "This is a checkout, not an installed product: there is no list of what was packed. 'git status' says what was changed.")
      const { manifest, fingerprint } = await readManifest(signed)
      if (own.fingerprint !== undefined && normalise(own.fingerprint) !== fingerprint) {
        throw new RequestError('installation-damaged', `The list of files is signed with another key: its fingerprint is ${fingerprint}. This is not a package of whoever gave you ${own.fingerprint}.`)
      }
      // The copy that an AppImage trains from is without the window, which stays in the AppImage.
      const parts = existsSync(join(signed.folder, ARCHIVE)) ? PARTS : (['processes'] as const)
      const compared = await compareFiles(signed.folder, manifest, parts)
      if (compared.damage.length > 0) throw new InstallationDamaged(signed.folder, compared.damage)
      const result = { folder: signed.folder, version: manifest.version, platform: manifest.platform, signed: manifest.signed, fingerprint, files: compared.files, bytes: compared.bytes, sealed: manifest.sealed }
      print(result, options.json, () =>
        facts([
          ['Installation', signed.folder],
          ['Version', `${manifest.version} for ${manifest.platform}`],
          ['Files', `${compared.files}, ${bytes(compared.bytes)}, all as they were packed`],
          ...(manifest.sealed.length > 0 ? [['Left to the system', `${manifest.sealed.length} files under its own code signature`] as const] : []),
          ['Signed', manifest.signed ? 'yes' : 'no: an unsigned build, whose key was made for it alone'],
          ['Fingerprint', fingerprint],
        ]),
      )
    })
}

/** As people write it: in capitals, with colons or spaces. */
function normalise(fingerprint: string): string {
  return fingerprint.toLowerCase().replace(/^sha256:/, '').replace(/[^0-9a-f]/g, '')
}
