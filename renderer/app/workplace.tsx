import { Suspense, useEffect, useRef, useState } from 'react'
import type { Session } from '../../shared/contract/index.ts'
import { appMessages } from '../../shared/messages/app.ts'
import { Banner, Body, MAIN_ID, Panel, Shell, Skeleton, ToastRegion, ViewBar } from '../design/index.ts'
import { clearResources, mayOpen, useAddress, useApi, workplaceState } from '../state/index.ts'
import styles from './app.module.css'
import { AppHeader } from './app-header.tsx'
import { AppRail } from './app-rail.tsx'
import { AppStrip } from './app-strip.tsx'
import { describePlace } from './describe-place.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { toasts, useNotices } from './notices.ts'
import { NotYours } from './not-yours.tsx'
import { Page } from './pages.tsx'
import { Palette } from './palette.tsx'
import { useProjectInHand } from './place.ts'
import { useShortcuts } from './shortcuts.ts'
import { useSessionTouch } from './session-touch.ts'
import { ShortcutsSheet } from './shortcuts-sheet.tsx'

export interface WorkplaceProps {
  readonly session: Session
  readonly isConnected: boolean
}

/** The window of somebody who is signed in. */
export function Workplace({ session, isConnected }: WorkplaceProps) {
  const api = useApi()
  const address = useAddress()
  const { project, projects } = useProjectInHand(address)
  const [open, setOpen] = useState<'palette' | 'shortcuts' | null>(null)
  const crumbs = describePlace(address, projects)
  const title = crumbs.at(-1)?.label ?? appMessages.product
  const view = `${address.page} ${'project' in address ? address.project : ''}`

  useSessionTouch()
  useNotices(project, session)
  useShortcuts({ project, holdings: session.holdings, onPalette: () => setOpen('palette'), onSheet: () => setOpen('shortcuts') })
  useEffect(() => {
    document.title = title === appMessages.product ? title : `${title} - ${appMessages.product}`
  }, [title])

  const shown = useRef<string | null>(null)
  useEffect(() => {
    if (shown.current === view) return
    shown.current = view
    document.getElementById(MAIN_ID)?.focus({ preventScroll: true })
  }, [view])

  const signOut = async () => {
    try {
      await api.call('session.close', {})
    } finally {
      const state = workplaceState.store.getState().entries['"workplace"']?.loaded.value
      clearResources()
      if (state) workplaceState.set('workplace', { ...state, session: null, sessionEnd: null })
    }
  }

  return (
    <Shell
      skipLabel={appMessages.skip}
      isRailNarrow={address.page === 'pipeline'}
      rail={<AppRail address={address} project={project} session={session} onSignOut={() => void signOut()} />}
      header={<AppHeader crumbs={crumbs} project={projects.find(({ id }) => id === project)} projects={projects} address={address} onPalette={() => setOpen('palette')} />}
      strip={<AppStrip />}
    >
      {!isConnected && (
        <div className={styles.lost}>
          <Banner kind="warning" icon="offline" title={appMessages.connection.lost}>
            {appMessages.connection.lostText}
          </Banner>
        </div>
      )}
      <ErrorBoundary key={view} scope="view">
        <Suspense fallback={<LoadingPage title={title} />}>
          {mayOpen(address, session.holdings) ? <Page address={address} /> : <NotYours address={address} title={title} session={session} />}
        </Suspense>
      </ErrorBoundary>
      <Palette isOpen={open === 'palette'} onClose={() => setOpen(null)} project={project} projects={projects} session={session} onSheet={() => setOpen('shortcuts')} onSignOut={() => void signOut()} />
      <ShortcutsSheet isOpen={open === 'shortcuts'} onClose={() => setOpen(null)} />
      <ToastRegion toasts={toasts} label={appMessages.notices.region} closeLabel={appMessages.notices.close} />
    </Shell>
  )
}

function LoadingPage({ title }: { readonly title: string }) {
  return (
    <>
      <ViewBar title={title} />
      <Body>
        <Panel title={title} isTitleHidden>
          <Skeleton label={appMessages.loadingView} lines={8} />
        </Panel>
      </Body>
    </>
  )
}
