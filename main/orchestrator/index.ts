export { startOrchestrator, type Orchestrator, type OrchestratorOptions } from './orchestrator.ts'
