import { createRoot } from 'react-dom/client'
import { App, ErrorBoundary, restoreAppearance, watchPerson, watchSession } from './app/index.ts'
import { connect } from './bridge/index.ts'
import { claimPressableStyle } from './design/index.ts'
import { ApiProvider } from './state/index.ts'

restoreAppearance()
claimPressableStyle()
watchPerson()
const bridge = connect()
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id root')
createRoot(root).render(
  <ErrorBoundary scope="window">
    <ApiProvider value={watchSession(bridge)}>
      <App bridge={bridge} />
    </ApiProvider>
  </ErrorBoundary>,
)
