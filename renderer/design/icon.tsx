import {
  Activity, Archive, ArrowDown, ArrowLeft, ArrowRight, ArrowUp, ArrowUpDown, Bell, BookText, Box, Calendar, ChartColumn, ChartLine, Check,
  ChevronDown, ChevronLeft, ChevronRight, ChevronUp, CircleAlert, CircleCheck, CircleX, Clock, Code, Coins, Columns2, Contrast, Copy, Cpu,
  Database, Download, Ellipsis, ExternalLink, Eye, EyeOff, File, FileText, Filter, Flag, FlaskConical, Folder, Gauge, GitBranch, HardDrive,
  Hash, History, House, Info, KeyRound, Keyboard, Layers, Link, List, ListTree, Lock, LogOut, Map, Maximize, Minus, Monitor, Moon, Network,
  Package, PanelRight, Pause, PenLine, Play, Plus, Power, Redo2, RefreshCw, RotateCcw, Scale, Search, Send, Settings, ShieldCheck, SkipBack,
  SkipForward, Snowflake, Square, Stamp, Sun, Table, Target, Terminal, Trash2, TriangleAlert, Undo2, Upload, User, Users, WifiOff, Workflow,
  X, Zap, ZoomIn, ZoomOut,
} from 'lucide-react'
import { classNames } from './class-names.ts'
import styles from './icon.module.css'

const ICONS = {
  activity: Activity, archive: Archive, 'arrow-down': ArrowDown, 'arrow-left': ArrowLeft, 'arrow-right': ArrowRight, 'arrow-up': ArrowUp,
  sort: ArrowUpDown, bell: Bell, ledger: BookText, model: Box, calendar: Calendar, bars: ChartColumn, chart: ChartLine, check: Check,
  'chevron-down': ChevronDown, 'chevron-left': ChevronLeft, 'chevron-right': ChevronRight, 'chevron-up': ChevronUp, alert: CircleAlert,
  'circle-check': CircleCheck, 'circle-x': CircleX, clock: Clock, code: Code, cost: Coins, split: Columns2, contrast: Contrast, copy: Copy,
  machine: Cpu, dataset: Database, download: Download, more: Ellipsis, external: ExternalLink, eye: Eye, 'eye-off': EyeOff, file: File,
  document: FileText, filter: Filter, incident: Flag, experiment: FlaskConical, folder: Folder, gauge: Gauge, branch: GitBranch,
  disk: HardDrive, hash: Hash, history: History, home: House, info: Info, key: KeyRound, keyboard: Keyboard, stack: Layers, link: Link,
  list: List, tree: ListTree, lock: Lock, 'sign-out': LogOut, map: Map, fit: Maximize, minus: Minus, system: Monitor, dark: Moon,
  lineage: Network, pack: Package, 'panel-right': PanelRight, pause: Pause, sign: PenLine, run: Play, plus: Plus, power: Power, redo: Redo2,
  refresh: RefreshCw, reset: RotateCcw, fairness: Scale, search: Search, send: Send, settings: Settings, evidence: ShieldCheck,
  start: SkipBack, end: SkipForward, frozen: Snowflake, stop: Square, approve: Stamp, light: Sun, table: Table, target: Target,
  terminal: Terminal, delete: Trash2, warning: TriangleAlert, undo: Undo2, upload: Upload, person: User, people: Users, offline: WifiOff,
  pipeline: Workflow, close: X, energy: Zap, 'zoom-in': ZoomIn, 'zoom-out': ZoomOut,
} as const

/** The closed set of icons, named by what they stand for here. */
export type IconName = keyof typeof ICONS

/** Every icon name, for the gallery. */
export const iconNames = Object.keys(ICONS) as readonly IconName[]

export interface IconProps {
  readonly name: IconName
  /** 16, 14 or 12 px. */
  readonly size?: 'normal' | 'small' | 'tiny' | undefined
  /** Names the icon when no word stands beside it; without it the icon is decoration. */
  readonly label?: string | undefined
}

/** A 16 px line icon with a stroke of 1.5, in the colour of the text around it. */
export function Icon({ name, size = 'normal', label }: IconProps) {
  const Shape = ICONS[name]
  const naming = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label }
  return <Shape className={classNames(styles.icon, styles[size])} strokeWidth={1.5} {...naming} />
}
