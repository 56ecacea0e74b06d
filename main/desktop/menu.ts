import type { MenuItemConstructorOptions } from 'electron'
import { desktopMessages } from '../../shared/messages/desktop.ts'

/** The application's menu: standard roles, so that the platform words and places them, and what the page cannot know: the installation. */
export function menuTemplate(platform: NodeJS.Platform, devTools: boolean, showAbout: () => void): MenuItemConstructorOptions[] {
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
  ]
  if (devTools) view.push({ type: 'separator' }, { role: 'reload' }, { role: 'toggleDevTools' })
  return [
    ...(platform === 'darwin' ? [{ role: 'appMenu' } as const] : []),
    { role: 'fileMenu' },
    { role: 'editMenu' },
    { label: desktopMessages.view, submenu: view },
    { role: 'windowMenu' },
    { role: 'help', label: desktopMessages.help, submenu: [{ label: desktopMessages.aboutInstallation, click: showAbout }] },
  ]
}
