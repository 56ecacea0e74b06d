import { realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, sep } from 'node:path'

/*
 * An AppImage is a file that mounts itself in a temporary folder for as long as its window lives. Training outlives the window, so what it
 * runs from must not lie there. This file knows all about AppImages that the rest does not need to.
 */

/** The folder that an AppImage is mounted in, if this is one; its variables are inherited by whatever is started from it. */
export function appImageMount(resources: string, env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string | null {
  if (platform !== 'linux' || !env.APPIMAGE || !env.APPDIR) return null
  return isInside(resources, env.APPDIR) || isInside(resources, realPath(env.APPDIR)) ? env.APPDIR : null
}

/** Electron names its own place without links; the launcher goes by TMPDIR, which may be one. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Where the copies are kept: beside the data folder, not in it, so that a backup of the one does not hold the other. */
export function runtimesFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'strongroom-runtime')
}

/** Set by the AppImage's launcher for itself alone. */
const OWN_VARIABLES = ['APPDIR', 'APPIMAGE', 'ARGV0', 'OWD']

/** The environment as it was before the AppImage's launcher put its mount into it: libraries and programs there are gone one day. */
export function withoutMount(env: NodeJS.ProcessEnv, mount: string): NodeJS.ProcessEnv {
  const cleaned: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || OWN_VARIABLES.includes(name)) continue
    const parts = value.split(delimiter)
    const kept = parts.filter((part) => !isInside(part, mount))
    // An empty part means the current folder to some; the launcher leaves one where it found nothing.
    const rest = kept.length === parts.length ? value : kept.filter((part) => part !== '').join(delimiter)
    if (rest !== '' || value === '') cleaned[name] = rest
  }
  return cleaned
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}
