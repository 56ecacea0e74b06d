import type { BrowserWindow, Dialog, IpcMain, OpenDialogOptions } from 'electron'
import { CHANNELS } from './channels.ts'
import { isOwnSender } from './lockdown.ts'

const CHOICES: readonly (readonly [channel: string, properties: OpenDialogOptions['properties']])[] = [
  [CHANNELS.chooseFolder, ['openDirectory', 'createDirectory']],
  [CHANNELS.chooseFile, ['openFile']],
]

/**
 * Offers the native dialogs to the window. Each answers the absolute path that the person chose, or null. The page chooses nothing about
 * a dialog but its kind.
 */
export function registerDialogs(ipc: Pick<IpcMain, 'handle'>, dialog: Pick<Dialog, 'showOpenDialog'>, window: () => BrowserWindow | null): void {
  for (const [channel, properties] of CHOICES) {
    ipc.handle(channel, async (event): Promise<string | null> => {
      const parent = window()
      if (!isOwnSender(event) || !parent) throw new Error('Only the window may ask for this.')
      const { canceled, filePaths } = await dialog.showOpenDialog(parent, { properties: [...(properties ?? [])] })
      return canceled ? null : (filePaths[0] ?? null)
    })
  }
}
