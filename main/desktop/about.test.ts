import type { BrowserWindow } from 'electron'
import { describe, expect, it } from 'vitest'
import { describeInstallation, markUnsigned, showAbout } from './about.ts'
import { DialogDouble, WindowDouble } from './electron-double.ts'
import { menuTemplate } from './menu.ts'

const checked = { version: '1.2.3', signed: true, fingerprint: 'ab'.repeat(32), files: 181, bytes: 172_400_000 }

describe('what a person reads about the installation', () => {
  it('is what was compared, and the fingerprint to compare by another way', () => {
    const { message, detail } = describeInstallation(checked)
    expect(message).toBe('Strongroom 1.2.3')
    expect(detail).toContain('181 files (172 MB)')
    expect(detail).toContain(checked.fingerprint)
    expect(detail).not.toContain('unsigned')
  })

  it('says of an unsigned build that it is one, and of a checkout that nothing is compared', () => {
    expect(describeInstallation({ ...checked, signed: false }).detail).toContain('unsigned build')
    expect(describeInstallation(null)).toEqual({ message: 'Strongroom', detail: expect.stringContaining('checkout') as unknown })
  })

  it('is shown from the menu', () => {
    const dialog = new DialogDouble()
    const help = menuTemplate('linux', false, () => showAbout(dialog, {} as BrowserWindow, checked)).find(({ role }) => role === 'help')
    const [item] = Array.isArray(help?.submenu) ? help.submenu : []
    ;(item?.click as () => void)()
    expect(dialog.messages).toEqual([expect.objectContaining(describeInstallation(checked))])
  })
})

describe('the window of an unsigned build', () => {
  it('says so in its title, whatever title the page gives itself', () => {
    const window = new WindowDouble()
    markUnsigned(window)
    expect(window.isPrevented('page-title-updated', {}, 'Runs · Strongroom')).toBe(true)
    expect(window.given.get('setTitle')).toBe('Runs · Strongroom (unsigned build)')
  })
})
