import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appImageMount, runtimesFolder, withoutMount } from './appimage.ts'

const MOUNT = '/tmp/.mount_StrongX1'
const RESOURCES = `${MOUNT}/resources`

describe('whether the window runs from an AppImage', () => {
  it('is told by its launcher, on Linux', () => {
    const env = { APPIMAGE: '/home/ada/Strongroom.AppImage', APPDIR: MOUNT }
    expect(appImageMount(RESOURCES, env, 'linux')).toBe(MOUNT)
    expect(appImageMount(RESOURCES, {}, 'linux')).toBeNull()
    expect(appImageMount(RESOURCES, env, 'darwin')).toBeNull()
  })

  it('is not so where the variables come from another AppImage that started this one', () => {
    expect(appImageMount('/opt/Strongroom/resources', { APPIMAGE: '/home/ada/Terminal.AppImage', APPDIR: '/tmp/.mount_Term' }, 'linux')).toBeNull()
    expect(appImageMount(`${MOUNT}0/resources`, { APPIMAGE: '/a', APPDIR: MOUNT }, 'linux')).toBeNull()
  })
})

describe.skipIf(process.platform !== 'linux')('an AppImage that is mounted by way of a link', () => {
  it('is one all the same', () => {
    const top = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-appimage-')))
    mkdirSync(join(top, 'real', '.mount', 'resources'), { recursive: true })
    symlinkSync(join(top, 'real'), join(top, 'link'))
    const mount = join(top, 'link', '.mount')
    expect(appImageMount(join(top, 'real', '.mount', 'resources'), { APPIMAGE: '/a', APPDIR: mount }, 'linux')).toBe(mount)
    rmSync(top, { recursive: true })
  })
})

describe('the folder of the copies', () => {
  it('is the user’s own, beside the data folder', () => {
    expect(runtimesFolder({ XDG_DATA_HOME: '/data' })).toBe('/data/strongroom-runtime')
    expect(runtimesFolder({})).toMatch(/\/\.local\/share\/strongroom-runtime$/)
  })
})

describe('the environment of what outlives the window', () => {
  it('holds nothing of the mount, and all the rest as it was', () => {
    // As electron-builder's AppRun sets them.
    const env = {
      APPIMAGE: '/home/ada/Strongroom.AppImage',
      APPDIR: MOUNT,
      ARGV0: './Strongroom.AppImage',
      OWD: '/home/ada',
      PATH: `${MOUNT}:${MOUNT}/usr/sbin:/usr/local/bin:/usr/bin`,
      XDG_DATA_DIRS: `${MOUNT}/usr/share/::/usr/share/gnome:/usr/share/`,
      LD_LIBRARY_PATH: `${MOUNT}/usr/lib`,
      GSETTINGS_SCHEMA_DIR: `${MOUNT}/usr/share/glib-2.0/schemas`,
      HOME: '/home/ada',
      EMPTY: '',
      ODD: 'a::b',
      NEAR: `${MOUNT}x/lib`,
    }
    expect(withoutMount(env, MOUNT)).toEqual({
      PATH: '/usr/local/bin:/usr/bin',
      XDG_DATA_DIRS: '/usr/share/gnome:/usr/share/',
      HOME: '/home/ada',
      EMPTY: '',
      ODD: 'a::b',
      NEAR: `${MOUNT}x/lib`,
    })
  })

  it('keeps the library path that was there before', () => {
    expect(withoutMount({ LD_LIBRARY_PATH: `${MOUNT}/usr/lib:/opt/cuda/lib` }, MOUNT)).toEqual({ LD_LIBRARY_PATH: '/opt/cuda/lib' })
  })
})
