import {
  Button as AriaButton,
  UNSTABLE_Toast as AriaToast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as AriaToastRegion,
  Text,
} from 'react-aria-components'
import { Button } from './button.tsx'
import { classNames } from './class-names.ts'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import styles from './toast.module.css'
import { toneClass } from './tone.ts'

export interface ToastMessage {
  /** The result: 'Version 14 archived'. */
  readonly title: string
  readonly detail?: string
  readonly kind?: 'note' | 'success' | 'failure'
  /** Undoes it, while the toast is there. */
  readonly undo?: { readonly label: string; readonly onUndo: () => void }
}

/** Time that a toast stays, in ms. Hover and focus stop the clock. */
const TOAST_TIME = 8000

export interface Toasts {
  /** Shows a message; returns a function that takes it away. */
  readonly show: (message: ToastMessage) => () => void
  /** Takes all away. */
  readonly clear: () => void
  readonly queue: ToastQueue<ToastMessage>
}

/** A queue of toasts; the application makes one, keeps it and gives it to its ToastRegion. At most three are in sight. */
export function createToasts(): Toasts {
  const queue = new ToastQueue<ToastMessage>({ maxVisibleToasts: 3 })
  return {
    queue,
    clear: () => queue.clear(),
    show: (message) => {
      const key = queue.add(message, { timeout: TOAST_TIME })
      return () => {
        queue.close(key)
      }
    },
  }
}

const ICONS: Record<'note' | 'success' | 'failure', IconName> = { note: 'info', success: 'circle-check', failure: 'alert' }

export interface ToastRegionProps {
  readonly toasts: Toasts
  readonly label: string
  readonly closeLabel: string
}

/** Where toasts appear: the bottom right, above the trust strip. F6 reaches it while it holds any. */
export function ToastRegion({ toasts, label, closeLabel }: ToastRegionProps) {
  return (
    <AriaToastRegion queue={toasts.queue} aria-label={label} className={styles.region ?? ''}>
      {({ toast }) => {
        const { title, detail, kind = 'note', undo } = toast.content
        const tone = kind === 'failure' ? 'danger' : kind === 'success' ? 'success' : 'info'
        return (
          <AriaToast toast={toast} className={classNames(styles.toast, toneClass(tone))}>
            <Icon name={ICONS[kind]} />
            <ToastContent className={styles.words}>
              <Text slot="title" className={styles.title ?? ''}>
                {title}
              </Text>
              {detail !== undefined && (
                <Text slot="description" className={styles.detail ?? ''}>
                  {detail}
                </Text>
              )}
            </ToastContent>
            {undo && (
              <Button
                size="small"
                onPress={() => {
                  undo.onUndo()
                  toasts.queue.close(toast.key)
                }}
              >
                {undo.label}
              </Button>
            )}
            <AriaButton slot="close" aria-label={closeLabel} className={styles.close ?? ''}>
              <Icon name="close" size="small" />
            </AriaButton>
          </AriaToast>
        )
      }}
    </AriaToastRegion>
  )
}
