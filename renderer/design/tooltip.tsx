import { useState, type ReactNode } from 'react'
import type { TooltipProps as AriaTooltipProps } from 'react-aria-components'
import { Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components'
import { Kbd } from './kbd.tsx'
import { hasFocusComeBack } from './last-key.ts'
import styles from './tooltip.module.css'

export interface TooltipProps extends Pick<AriaTooltipProps, 'placement'> {
  /** Text that helps but is never the only place of a reason. */
  readonly text: string
  readonly keys?: string
  readonly isDisabled?: boolean
  /** One focusable element of this design layer, or of React Aria. */
  readonly children: ReactNode
}

/** Shows text beside an element on hover after 400 ms, and at once where somebody goes there by keyboard; not where the focus comes back when a dialog or a menu closes. */
export function Tooltip({ text, keys, isDisabled = false, children, placement = 'bottom' }: TooltipProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <TooltipTrigger delay={400} closeDelay={80} isDisabled={isDisabled} isOpen={isOpen} onOpenChange={(open) => setOpen(open && !hasFocusComeBack())}>
      {children}
      <AriaTooltip placement={placement} offset={6} className={styles.tooltip ?? ''}>
        {text}
        {keys !== undefined && <Kbd>{keys}</Kbd>}
      </AriaTooltip>
    </TooltipTrigger>
  )
}
