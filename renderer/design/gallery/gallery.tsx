import { useEffect, useState } from 'react'
import type { Appearance, ContrastChoice, IconName, ThemeChoice } from '../index.ts'
import {
  applyAppearance,
  Body,
  Breadcrumbs,
  Chip,
  createToasts,
  Header,
  IconButton,
  Identity,
  NavItem,
  Rail,
  RailGroup,
  SearchButton,
  Segmented,
  Shell,
  Tag,
  ToastRegion,
  TrustStrip,
  ViewBar,
} from '../index.ts'
import { Controls } from './controls.tsx'
import { DataPieces } from './data.tsx'
import { Foundations } from './foundations.tsx'
import { Overlays } from './overlays.tsx'
import { States } from './states.tsx'

const PAGES = [
  { id: 'controls', label: 'Controls', icon: 'settings' },
  { id: 'data', label: 'Data', icon: 'table' },
  { id: 'states', label: 'States', icon: 'circle-check' },
  { id: 'overlays', label: 'Overlays', icon: 'split' },
  { id: 'foundations', label: 'Foundations', icon: 'contrast' },
] as const satisfies readonly { id: string; label: string; icon: IconName }[]

type PageId = (typeof PAGES)[number]['id']

const THEMES = [
  { id: 'dark', label: 'Dark', icon: 'dark' },
  { id: 'light', label: 'Light', icon: 'light' },
  { id: 'system', label: 'System', icon: 'system' },
] as const satisfies readonly { id: ThemeChoice; label: string; icon: IconName }[]

const CONTRASTS = [
  { id: 'normal', label: 'Normal' },
  { id: 'more', label: 'More contrast' },
] as const satisfies readonly { id: ContrastChoice; label: string }[]

/** What the address asks for: `#controls?theme=light&contrast=more`. */
function readAddress(): { readonly page: PageId; readonly appearance: Appearance } {
  const [name, query] = location.hash.slice(1).split('?')
  const asked = new URLSearchParams(query)
  return {
    page: PAGES.find((page) => page.id === name)?.id ?? 'controls',
    appearance: {
      theme: THEMES.find((theme) => theme.id === asked.get('theme'))?.id ?? 'dark',
      contrast: CONTRASTS.find((contrast) => contrast.id === asked.get('contrast'))?.id ?? 'normal',
    },
  }
}

/** Every component in every state, in the frame of the product. */
export function Gallery() {
  const [{ page, appearance }, setAddress] = useState(readAddress)
  const [toasts] = useState(createToasts)
  useEffect(() => applyAppearance(appearance), [appearance])
  useEffect(() => {
    const follow = () => {
      setAddress(readAddress())
    }
    window.addEventListener('hashchange', follow)
    return () => {
      window.removeEventListener('hashchange', follow)
    }
  }, [])

  const addressOf = (id: PageId, shown: Appearance) => `#${id}?theme=${shown.theme}&contrast=${shown.contrast}`
  const choose = (shown: Appearance) => {
    location.hash = addressOf(page, shown)
  }
  const title = PAGES.find(({ id }) => id === page)?.label ?? ''
  return (
    <Shell
      skipLabel="Skip to content"
      rail={
        <Rail label="Main" product="Strongroom" foot={<Identity initials="RO" name="Risk officer" detail="Personal key locked" />}>
          <RailGroup>
            {PAGES.map(({ id, label, icon }) => (
              <NavItem key={id} href={addressOf(id, appearance)} icon={icon} label={label} isCurrent={id === page} />
            ))}
          </RailGroup>
          <RailGroup title="Govern">
            <NavItem href={addressOf(page, appearance)} icon="model" label="Models" count={1} countLabel="1 waits for you" />
            <NavItem href={addressOf(page, appearance)} icon="evidence" label="Evidence" count={55} countLabel="55 gaps" />
          </RailGroup>
        </Rail>
      }
      header={
        <Header
          actions={
            <>
              <SearchButton label="Search or jump to" hint="Ctrl K" onPress={() => toasts.show({ title: 'The palette opens here' })} />
              <IconButton icon="bell" label="2 notices" count={2} />
            </>
          }
        >
          <Breadcrumbs
            label="Path"
            crumbs={[{ label: 'Retail credit scoring', href: '#controls' }, { label: 'Gallery', href: '#controls' }, { label: title }]}
          />
          <Chip>High-risk, Annex III 5(b)</Chip>
        </Header>
      }
      strip={
        <TrustStrip
          label="Trust"
          facts={[
            { id: 'ledger', icon: 'evidence', text: 'Ledger verified, 48,213 entries', tone: 'success', href: '#data' },
            { id: 'checkpoint', icon: 'clock', text: 'Checkpoint 14:32:08', leaves: 'small' },
            { id: 'witnesses', icon: 'people', text: '2 of 2 witnesses' },
            { id: 'offline', icon: 'offline', text: 'Offline, 0 outside connections' },
          ]}
          more={[
            { id: 'gpus', icon: 'machine', text: '3 of 4 GPUs busy, 1.04 kW' },
            { id: 'close', icon: 'terminal', text: 'Training continues when this window closes' },
          ]}
        />
      }
    >
      <ViewBar
        title={title}
        meta={<Tag state="running">Every component, every state</Tag>}
        actions={
          <>
            <Segmented
              label="Theme"
              segments={THEMES}
              value={appearance.theme}
              onChange={(theme) => {
                choose({ ...appearance, theme })
              }}
            />
            <Segmented
              label="Contrast"
              segments={CONTRASTS}
              value={appearance.contrast === 'more' ? 'more' : 'normal'}
              onChange={(contrast) => {
                choose({ ...appearance, contrast })
              }}
            />
          </>
        }
      />
      <Body layout="tiles">
        {page === 'controls' && <Controls />}
        {page === 'data' && <DataPieces />}
        {page === 'states' && <States />}
        {page === 'overlays' && <Overlays toasts={toasts} />}
        {page === 'foundations' && <Foundations />}
      </Body>
      <ToastRegion toasts={toasts} label="Notices" closeLabel="Close" />
    </Shell>
  )
}
