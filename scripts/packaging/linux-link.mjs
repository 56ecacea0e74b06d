/** Puts the command line on the PATH of who installs a deb or rpm: `/usr/bin/strongroom`, which runs the one in the installation. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const INSTALLED = '/opt/Strongroom/resources/build/bin/strongroom'

/** @returns what electron-builder is to be told: a file more for fpm, which makes both packages. */
export function commandLineLink(out) {
  const folder = join(out, 'linux')
  mkdirSync(folder, { recursive: true })
  const script = join(folder, 'strongroom')
  writeFileSync(script, `#!/bin/sh\nexec ${INSTALLED} "$@"\n`)
  chmodSync(script, 0o755)
  const fpm = [`${script}=/usr/bin/strongroom`]
  return { deb: { fpm }, rpm: { fpm } }
}
