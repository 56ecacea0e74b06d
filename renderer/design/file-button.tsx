import { FileTrigger } from 'react-aria-components'
import type { ButtonProps } from './button.tsx'
import { Button } from './button.tsx'

export interface FileButtonProps extends Omit<ButtonProps, 'onPress' | 'type' | 'form'> {
  /** Extensions that the system's dialog offers first: `.txt`. */
  readonly extensions?: readonly string[]
  readonly onFile: (file: File) => void
}

/** A button that has a file chosen in the system's dialog. */
export function FileButton({ extensions, onFile, ...button }: FileButtonProps) {
  return (
    <FileTrigger
      {...(extensions === undefined ? {} : { acceptedFileTypes: extensions })}
      onSelect={(files) => {
        const file = files?.item(0)
        if (file) onFile(file)
      }}
    >
      <Button {...button} />
    </FileTrigger>
  )
}
