import { Icon, iconNames, Panel } from '../index.ts'
import styles from './gallery.module.css'

const SURFACES = ['bg-sunken', 'bg-app', 'bg-panel', 'bg-raised', 'bg-hover', 'bg-select', 'line-faint', 'line', 'line-strong']
const MEANINGS = ['accent', 'success', 'warning', 'orange', 'danger', 'info', 'later', 'quiet']
const FILLS = [
  'accent-fill',
  'success-fill',
  'warning-fill',
  'orange-fill',
  'bad-fill',
  'info-fill',
  'later-fill',
  'quiet-fill',
  'danger-fill',
]
const SERIES = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5']

/** Tokens and icons. */
export function Foundations() {
  return (
    <>
      <Panel title="Surfaces and lines" className={styles.half}>
        <Swatches tokens={SURFACES} />
      </Panel>
      <Panel title="Meanings" className={styles.half}>
        <Swatches tokens={MEANINGS} />
      </Panel>
      <Panel title="Fills" className={styles.half}>
        <Swatches tokens={FILLS} />
      </Panel>
      <Panel title="Series" className={styles.half}>
        <Swatches tokens={SERIES} />
      </Panel>
      <Panel title="Icons" meta={`${iconNames.length}`} className={styles.full}>
        <div className={styles.icons}>
          {iconNames.map((name) => (
            <span key={name} className={styles.icon}>
              <Icon name={name} />
              {name}
            </span>
          ))}
        </div>
      </Panel>
    </>
  )
}

function Swatches({ tokens }: { readonly tokens: readonly string[] }) {
  return (
    <div className={styles.swatches}>
      {tokens.map((token) => (
        <span key={token}>
          <span className={styles.swatch} style={{ display: 'block', background: `var(--${token})` }} />
          {token}
        </span>
      ))}
    </div>
  )
}
