export { useTerminal, type StageAttempt } from './use-terminal.ts'
export { TerminalActions, TerminalView } from './terminal-view.tsx'
export type { TerminalSession, TerminalStatus } from './terminal-session.ts'
