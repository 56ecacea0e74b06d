import { appMessages } from '../../shared/messages/app.ts'
import { Button, Dialog, Kbd, Text } from '../design/index.ts'
import styles from './shortcuts-sheet.module.css'

const words = appMessages.shortcuts

const GROUPS: readonly { readonly title: string; readonly keys: readonly (readonly [keys: string, act: string])[] }[] = [
  {
    title: words.anywhere,
    keys: [
      ['Ctrl K', words.palette],
      ['?', words.sheet],
      ['F6', words.regions],
      ['Ctrl Enter', words.primary],
      ['Esc', words.escape],
    ],
  },
  {
    title: words.goTo,
    keys: [
      ['G O', appMessages.rail.overview],
      ['G P', appMessages.rail.pipeline],
      ['G R', appMessages.rail.runs],
      ['G D', appMessages.rail.datasets],
      ['G M', appMessages.rail.models],
      ['G E', appMessages.rail.evidence],
      ['G L', appMessages.rail.ledger],
      ['G H', appMessages.rail.projects],
      ['G U', appMessages.rail.people],
      ['G S', appMessages.rail.settings],
    ],
  },
  {
    title: words.lists,
    keys: [
      ['/', words.filter],
      ['J K', words.rows],
      ['Enter', words.open],
      ['Home End', words.ends],
    ],
  },
  {
    title: words.canvas,
    keys: [
      ['Arrows', words.along],
      ['0 + -', words.fit],
    ],
  },
]

/** Every key of the window. */
export function ShortcutsSheet({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={words.title} foot={<Button onPress={onClose}>{words.close}</Button>}>
      <div className={styles.groups}>
        {GROUPS.map(({ title, keys }) => (
          <section key={title} aria-label={title} className={styles.group}>
            <Text as="h3" size="small" tone="faint">
              {title}
            </Text>
            <dl className={styles.keys}>
              {keys.map(([combination, act]) => (
                <div key={combination} className={styles.key}>
                  <dt>
                    <Kbd>{combination}</Kbd>
                  </dt>
                  <dd>{act}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <Text as="p" size="small" tone="dim">
        {words.noKeys}
      </Text>
    </Dialog>
  )
}
