import { useEffect, useRef } from 'react'
import { create } from 'zustand'
import type { ProjectId, RunSummary, Session, VersionSummary } from '../../shared/contract/index.ts'
import { appMessages } from '../../shared/messages/app.ts'
import { createToasts, type ToastMessage } from '../design/index.ts'
import { formatAddress, runList, versionList } from '../state/index.ts'

const words = appMessages.notices
/** Notices kept under the bell. */
const KEPT = 50

export interface Notice {
  readonly title: string
  readonly detail?: string
  readonly kind: NonNullable<ToastMessage['kind']>
  readonly href?: string
}

export interface KeptNotice extends Notice {
  readonly id: number
  readonly at: string
}

interface NoticeState {
  readonly kept: readonly KeptNotice[]
  readonly unread: number
}

export const toasts = createToasts()
export const useKeptNotices = create<NoticeState>(() => ({ kept: [], unread: 0 }))

let nextId = 1

/** Shows a notice for a while and keeps it under the bell. */
export function notify(notice: Notice): void {
  const { title, detail, kind } = notice
  toasts.show({ title, kind, ...(detail === undefined ? {} : { detail }) })
  const kept = { ...notice, id: nextId++, at: new Date().toISOString() }
  useKeptNotices.setState((state) => ({ kept: [kept, ...state.kept].slice(0, KEPT), unread: state.unread + 1 }))
}

export function markNoticesRead(): void {
  useKeptNotices.setState({ unread: 0 })
}

export function clearNotices(): void {
  useKeptNotices.setState({ kept: [], unread: 0 })
}

/** Takes everything away that was told to the person here. */
export function forgetNotices(): void {
  toasts.clear()
  clearNotices()
}

/** Tells of what happened in the project in hand while somebody looks elsewhere: runs that end, versions that ask for a decision or move. */
export function useNotices(project: ProjectId | undefined, session: Session): void {
  const runs = runList.store(({ entries }) => (project === undefined ? undefined : entries[JSON.stringify(project)]?.loaded.value))
  const versions = versionList.store(({ entries }) => (project === undefined ? undefined : entries[JSON.stringify(project)]?.loaded.value))
  const before = useRef<{ project: ProjectId | undefined; runs: readonly RunSummary[] | undefined; versions: readonly VersionSummary[] | undefined }>({ project, runs: undefined, versions: undefined })
  useEffect(() => {
    const last = before.current
    before.current = { project, runs, versions }
    if (last.project !== project) return
    const notices = [...compareRuns(last.runs, runs), ...compareVersions(last.versions, versions, session)]
    for (const notice of notices) notify(notice)
  }, [project, runs, versions, session])
}

/** Runs that ended between two readings of the list. Nothing is said about the first reading. */
export function compareRuns(before: readonly RunSummary[] | undefined, after: readonly RunSummary[] | undefined): Notice[] {
  if (!before || !after) return []
  return after.flatMap((run): Notice[] => {
    const was = before.find(({ id }) => id === run.id)
    if (was?.state !== 'running' && was?.state !== 'queued') return []
    const href = formatAddress({ page: 'run', project: run.project, run: run.id })
    switch (run.state) {
      case 'succeeded':
        return [{ kind: 'success', title: words.runSucceeded(run.id), href }]
      case 'failed':
        return [{ kind: 'failure', title: words.runFailed(run.id), href }]
      case 'cancelled':
        return [{ kind: 'note', title: words.runCancelled(run.id), href }]
      case 'interrupted':
        return [{ kind: 'failure', title: words.runInterrupted(run.id), href }]
      default:
        return []
    }
  })
}

/** Versions that appeared, asked for a stage or moved between two readings. Who asked is not told of the own question. */
export function compareVersions(before: readonly VersionSummary[] | undefined, after: readonly VersionSummary[] | undefined, session: Session): Notice[] {
  if (!before || !after) return []
  return after.flatMap((version): Notice[] => {
    const { project, model, version: number, stage, openPromotion } = version
    const href = formatAddress({ page: 'version', project, model, version: number })
    const was = before.find((other) => other.model === model && other.version === number)
    if (!was) return [{ kind: 'note', title: words.registered(model, number), href }]
    if (was.stage !== stage) return [{ kind: 'success', title: words.promoted(model, number, stage), href }]
    if (openPromotion && was.openPromotion?.id !== openPromotion.id && openPromotion.requestedBy !== session.person.displayName) {
      return [{ kind: 'note', title: words.waits(model, number, openPromotion.to), detail: words.waitsDetail(openPromotion.requestedBy), href }]
    }
    return []
  })
}
