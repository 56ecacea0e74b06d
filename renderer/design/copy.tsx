import { useEffect, useState } from 'react'
import { everywhereMessages as words } from '../../shared/messages/everywhere.ts'
import { copyText } from './clipboard.ts'
import { IconButton } from './icon-button.tsx'
import { LiveRegion } from './visually-hidden.tsx'

/** Time that the tick stays after copying, in ms. */
const COPIED_TIME = 1500

/** Copies text, and tells for a while that it was. Call `copy` while a press is handled. */
export function useCopied(): readonly [isCopied: boolean, copy: (text: string) => void] {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), COPIED_TIME)
    return () => clearTimeout(timer)
  }, [isCopied])
  return [isCopied, (text) => setCopied(copyText(text))]
}

/** Copies what stands beside it, whole. `label` says what: 'Copy log key'. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [isCopied, copy] = useCopied()
  return (
    <>
      <IconButton icon={isCopied ? 'check' : 'copy'} label={isCopied ? words.copied : label} size="small" onPress={() => copy(text)} />
      <LiveRegion>{isCopied ? words.copied : ''}</LiveRegion>
    </>
  )
}
