/** What every client process needs to reach an orchestrator: where its data folder lies, how it is started, how it is spoken to. */
export { connectToOrchestrator, openOrchestratorSocket, type ConnectOptions } from './connect.ts'
export { createDataFolder, dataFolder, defaultDataFolder, readHolder, type DataFolder, type Holder } from './data-folder.ts'
export { findInstallation, type Installation } from './installation.ts'
export { SOFTWARE } from './software.ts'
