import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import styles from './text.module.css'
import type { Tone } from './tone.ts'
import { toneClass } from './tone.ts'

export interface TextProps {
  readonly children: ReactNode
  readonly size?: 'micro' | 'small' | 'base' | 'lead' | 'title' | 'figure'
  readonly weight?: 'regular' | 'medium' | 'strong'
  /** `dim` for second lines, `faint` for captions; a tone where the words mean a state. */
  readonly tone?: 'normal' | 'dim' | 'faint' | Tone
  readonly isMono?: boolean
  /** One line that ends with an ellipsis. */
  readonly isCut?: boolean
  readonly as?: 'span' | 'p' | 'div' | 'h1' | 'h2' | 'h3' | 'strong'
  readonly title?: string
  /** For what it describes: a control, a field. */
  readonly id?: string
}

/** Words in one of the sizes and tones of the house. */
export function Text(props: TextProps) {
  const { children, size = 'base', weight = 'regular', tone = 'normal', isMono = false, isCut = false, as: Element = 'span', title, id } = props
  const isShade = tone === 'normal' || tone === 'dim' || tone === 'faint'
  const color = isShade ? styles[tone] : classNames(styles.toned, toneClass(tone))
  return (
    <Element id={id} title={title} className={classNames(styles[size], styles[weight], color, isMono && styles.mono, isCut && styles.cut)}>
      {children}
    </Element>
  )
}

export interface LinkProps {
  readonly href: string
  readonly children: ReactNode
  readonly isMono?: boolean
}

/** A link to the page of a thing: every mention of a run, version, fact or entry is one. */
export function Link({ href, children, isMono = false }: LinkProps) {
  return (
    <a href={href} className={classNames(isMono && styles.mono)}>
      {children}
    </a>
  )
}
