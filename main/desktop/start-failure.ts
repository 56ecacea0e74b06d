import { InstallationDamaged } from '../client/index.ts'
import { desktopMessages } from '../../shared/messages/desktop.ts'

/** Said before anything was started from the installation: the command line takes away what the window is protected by. */
export class SwitchesRefused extends Error {
  constructor(switches: readonly string[], fromAppImage: boolean) {
    const text = desktopMessages.refused(switches)
    super(fromAppImage && switches.includes('no-sandbox') ? `${text}\n\n${desktopMessages.noSandbox}` : text)
  }
}

/** The plain dialog for whatever kept the window from opening. */
export function describeFailure(error: unknown): { title: string; content: string } {
  const content = error instanceof Error ? error.message : String(error)
  if (error instanceof InstallationDamaged) return { title: desktopMessages.damagedTitle, content }
  if (error instanceof SwitchesRefused) return { title: desktopMessages.refusedTitle, content }
  return { title: desktopMessages.cannotStart, content }
}
