/**
 * Electron's own locks, set in its binary. Every one that the binary has must be named here, so that an Electron which brings another
 * fails to pack until somebody has decided on it (electron-builder's own setting knows neither that rule nor the newest lock). Training
 * runs on the Node beside the archive: Electron need not be one.
 */
import { join } from 'node:path'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'

export const FUSES = {
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  // Bounds checks of WebAssembly by the processor: as Chromium has it.
  [FuseV1Options.WasmTrapHandlers]: true,
}

/** What electron-builder calls the program, by platform. */
const PROGRAM = {
  linux: (packager) => packager.executableName,
  win32: (packager) => `${packager.appInfo.productFilename}.exe`,
  darwin: (packager) => `${packager.appInfo.productFilename}.app`,
}

/** Sets them in what electron-builder has laid out, before anything is signed. @param context that of its hooks. */
export async function setFuses({ appOutDir, electronPlatformName, packager }) {
  await flipFuses(join(appOutDir, PROGRAM[electronPlatformName](packager)), {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: true,
    // A change to the binary undoes the signature that an unsigned macOS build comes with.
    resetAdHocDarwinSignature: electronPlatformName === 'darwin',
    ...FUSES,
  })
}
