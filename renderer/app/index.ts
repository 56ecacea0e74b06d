export { App } from './app.tsx'
export { restoreAppearance } from './appearance.ts'
export { ErrorBoundary } from './error-boundary.tsx'
export { watchSession } from './session-watch.ts'
