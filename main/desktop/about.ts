import type { BrowserWindow, Dialog } from 'electron'
import { desktopMessages } from '../../shared/messages/desktop.ts'
import type { Checked } from './prepare.ts'

const { about, close, unsignedTitle } = desktopMessages

/** What the person reads about the installation: what was compared at this start, and who signed the list. Null for a checkout. */
export function describeInstallation(checked: Checked | null): { message: string; detail: string } {
  if (!checked) return { message: about.title(''), detail: about.checkout }
  const { version, signed, fingerprint, files, bytes } = checked
  const who = signed ? about.signed(fingerprint) : about.unsigned(fingerprint)
  return { message: about.title(version), detail: `${about.checked(files, (bytes / 1e6).toFixed(0))}\n\n${who}` }
}

export function showAbout(dialog: Pick<Dialog, 'showMessageBox'>, window: BrowserWindow, checked: Checked | null): void {
  void dialog.showMessageBox(window, { type: 'info', title: desktopMessages.aboutInstallation, ...describeInstallation(checked), buttons: [close] })
}

/** Keeps saying in the title that nobody stands for this build, whatever title the page gives itself. */
export function markUnsigned(window: Pick<BrowserWindow, 'on' | 'setTitle'>): void {
  window.on('page-title-updated', (event, title) => {
    event.preventDefault()
    window.setTitle(unsignedTitle(title))
  })
}
