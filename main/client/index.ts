/** What every client process needs to reach an orchestrator: where its data folder lies, how it is started, how it is spoken to. */
export { connectToOrchestrator, openOrchestratorSocket, type ConnectOptions, type StartRefusal } from './connect.ts'
export { createDataFolder, dataFolder, defaultDataFolder, readHolder, refuseForeignFolder, type DataFolder, type Holder } from './data-folder.ts'
export { findInstallation, type Installation } from './installation.ts'
export { ARCHIVE, MANIFEST_FILE, PACKAGE_KEY_FILE, PARTS, SIGNATURE_FILE, formatManifest, fingerprintOf, partOf, type Manifest, type Part } from './manifest.ts'
export { InstallationDamaged, compareFiles, describeDamage, readManifest, type CheckedManifest, type Comparison, type Damage, type FileSystem, type SignedFolder } from './verify-installation.ts'
export { SOFTWARE } from './software.ts'
