import { settingsMessages as words } from '../../../shared/messages/settings.ts'
import { Body, BodyColumn, CopyButton, KeyValue, Panel, Segmented, ViewBar, type Appearance, type ContrastChoice, type ThemeChoice } from '../../design/index.ts'
import { formatBytes, formatTime, ledgerState, machineState, useApi, useMay, workplaceState } from '../../state/index.ts'
import styles from './settings.module.css'
import { StopPanel } from './stop-panel.tsx'

const THEMES = (['system', 'dark', 'light'] as const).map((id: ThemeChoice) => ({ id, label: words.themes[id] }))
const CONTRASTS = (['system', 'normal', 'more'] as const).map((id: ContrastChoice) => ({ id, label: words.contrasts[id] }))

export interface SettingsPageProps {
  readonly appearance: Appearance
  readonly onAppearance: (appearance: Appearance) => void
}

/** How this window looks, and what it is a window of. */
export function SettingsPage({ appearance, onAppearance }: SettingsPageProps) {
  return (
    <>
      <ViewBar title={words.title} />
      <Body layout="reading">
        <BodyColumn>
          <Panel title={words.appearance} meta={words.appearanceMeta}>
            <div className={styles.choices}>
              <span aria-hidden="true">{words.theme}</span>
              <Segmented label={words.theme} segments={THEMES} value={appearance.theme} onChange={(theme) => onAppearance({ ...appearance, theme })} />
              <span aria-hidden="true">{words.contrast}</span>
              <Segmented label={words.contrast} segments={CONTRASTS} value={appearance.contrast} onChange={(contrast) => onAppearance({ ...appearance, contrast })} />
            </div>
          </Panel>
          <About />
          <StopPanel mayStop={useMay('orchestrator.stop')} />
        </BodyColumn>
      </Body>
    </>
  )
}

function LogKey({ value }: { readonly value: string }) {
  return (
    <div className={styles.key}>
      <code>{value}</code>
      <CopyButton text={value} label={words.copyKey} />
    </div>
  )
}

function About() {
  const api = useApi()
  const { value: workplace } = workplaceState.use('workplace')
  const { value: ledger } = ledgerState.use('ledger')
  const { value: machine } = machineState.use('machine')
  const session = workplace?.session
  return (
    <Panel title={words.about}>
      <KeyValue
        wraps
        pairs={[
          { label: words.organisation, value: workplace?.organisation ?? words.unknown },
          { label: words.signedIn, value: session ? words.since(session.person.displayName, formatTime(session.openedAt)) : words.unknown },
          { label: words.software, value: workplace?.software ?? words.unknown },
          { label: words.window, value: api.platform === 'desktop' ? words.desktop : words.browser },
          { label: words.dataFolder, value: workplace?.dataFolder ?? words.unknown, isMono: true },
          { label: words.origin, value: workplace?.origin ?? words.unknown, isMono: true },
          { label: words.logKey, value: ledger ? <LogKey value={ledger.logKey} /> : words.unknown },
          { label: words.machine, value: machine ? words.machineText(machine.cpus, formatBytes(machine.memoryBytes), formatBytes(machine.dataFolderBytesFree)) : words.unknown },
          { label: words.gpus, value: machine ? machine.gpus.map(({ name, memoryBytes }) => `${name}, ${formatBytes(memoryBytes)}`).join('; ') || words.noGpus : words.unknown },
        ]}
      />
    </Panel>
  )
}
