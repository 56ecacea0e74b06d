import Activity from 'lucide-react/icons/activity'
import Archive from 'lucide-react/icons/archive'
import ArrowDown from 'lucide-react/icons/arrow-down'
import ArrowLeft from 'lucide-react/icons/arrow-left'
import ArrowRight from 'lucide-react/icons/arrow-right'
import ArrowUp from 'lucide-react/icons/arrow-up'
import ArrowUpDown from 'lucide-react/icons/arrow-up-down'
import Bell from 'lucide-react/icons/bell'
import BookText from 'lucide-react/icons/book-text'
import Box from 'lucide-react/icons/box'
import Calendar from 'lucide-react/icons/calendar'
import ChartColumn from 'lucide-react/icons/chart-column'
import ChartLine from 'lucide-react/icons/chart-line'
import Check from 'lucide-react/icons/check'
import ChevronDown from 'lucide-react/icons/chevron-down'
import ChevronLeft from 'lucide-react/icons/chevron-left'
import ChevronRight from 'lucide-react/icons/chevron-right'
import ChevronUp from 'lucide-react/icons/chevron-up'
import CircleAlert from 'lucide-react/icons/circle-alert'
import CircleCheck from 'lucide-react/icons/circle-check'
import CircleX from 'lucide-react/icons/circle-x'
import Clock from 'lucide-react/icons/clock'
import Code from 'lucide-react/icons/code'
import Coins from 'lucide-react/icons/coins'
import Columns2 from 'lucide-react/icons/columns-2'
import Contrast from 'lucide-react/icons/contrast'
import Copy from 'lucide-react/icons/copy'
import Cpu from 'lucide-react/icons/cpu'
import Database from 'lucide-react/icons/database'
import Download from 'lucide-react/icons/download'
import Ellipsis from 'lucide-react/icons/ellipsis'
import ExternalLink from 'lucide-react/icons/external-link'
import Eye from 'lucide-react/icons/eye'
import EyeOff from 'lucide-react/icons/eye-off'
import File from 'lucide-react/icons/file'
import FileText from 'lucide-react/icons/file-text'
import Filter from 'lucide-react/icons/filter'
import Flag from 'lucide-react/icons/flag'
import FlaskConical from 'lucide-react/icons/flask-conical'
import Folder from 'lucide-react/icons/folder'
import Gauge from 'lucide-react/icons/gauge'
import GitBranch from 'lucide-react/icons/git-branch'
import HardDrive from 'lucide-react/icons/hard-drive'
import Hash from 'lucide-react/icons/hash'
import History from 'lucide-react/icons/history'
import House from 'lucide-react/icons/house'
import Info from 'lucide-react/icons/info'
import KeyRound from 'lucide-react/icons/key-round'
import Keyboard from 'lucide-react/icons/keyboard'
import Layers from 'lucide-react/icons/layers'
import Link from 'lucide-react/icons/link'
import List from 'lucide-react/icons/list'
import ListTree from 'lucide-react/icons/list-tree'
import Lock from 'lucide-react/icons/lock'
import LogOut from 'lucide-react/icons/log-out'
import Map from 'lucide-react/icons/map'
import Maximize from 'lucide-react/icons/maximize'
import Minus from 'lucide-react/icons/minus'
import Monitor from 'lucide-react/icons/monitor'
import Moon from 'lucide-react/icons/moon'
import Network from 'lucide-react/icons/network'
import Package from 'lucide-react/icons/package'
import PanelRight from 'lucide-react/icons/panel-right'
import Pause from 'lucide-react/icons/pause'
import PenLine from 'lucide-react/icons/pen-line'
import Play from 'lucide-react/icons/play'
import Plus from 'lucide-react/icons/plus'
import Power from 'lucide-react/icons/power'
import Redo2 from 'lucide-react/icons/redo-2'
import RefreshCw from 'lucide-react/icons/refresh-cw'
import RotateCcw from 'lucide-react/icons/rotate-ccw'
import Scale from 'lucide-react/icons/scale'
import Search from 'lucide-react/icons/search'
import Send from 'lucide-react/icons/send'
import Settings from 'lucide-react/icons/settings'
import ShieldCheck from 'lucide-react/icons/shield-check'
import SkipBack from 'lucide-react/icons/skip-back'
import SkipForward from 'lucide-react/icons/skip-forward'
import Snowflake from 'lucide-react/icons/snowflake'
import Square from 'lucide-react/icons/square'
import Stamp from 'lucide-react/icons/stamp'
import Sun from 'lucide-react/icons/sun'
import Table from 'lucide-react/icons/table'
import Target from 'lucide-react/icons/target'
import Terminal from 'lucide-react/icons/terminal'
import Trash2 from 'lucide-react/icons/trash-2'
import TriangleAlert from 'lucide-react/icons/triangle-alert'
import Undo2 from 'lucide-react/icons/undo-2'
import Upload from 'lucide-react/icons/upload'
import User from 'lucide-react/icons/user'
import Users from 'lucide-react/icons/users'
import WifiOff from 'lucide-react/icons/wifi-off'
import Workflow from 'lucide-react/icons/workflow'
import X from 'lucide-react/icons/x'
import Zap from 'lucide-react/icons/zap'
import ZoomIn from 'lucide-react/icons/zoom-in'
import ZoomOut from 'lucide-react/icons/zoom-out'
import { classNames } from './class-names.ts'
import styles from './icon.module.css'

const ICONS = {
  activity: Activity,
  archive: Archive,
  'arrow-down': ArrowDown,
  'arrow-left': ArrowLeft,
  'arrow-right': ArrowRight,
  'arrow-up': ArrowUp,
  sort: ArrowUpDown,
  bell: Bell,
  ledger: BookText,
  model: Box,
  calendar: Calendar,
  bars: ChartColumn,
  chart: ChartLine,
  check: Check,
  'chevron-down': ChevronDown,
  'chevron-left': ChevronLeft,
  'chevron-right': ChevronRight,
  'chevron-up': ChevronUp,
  alert: CircleAlert,
  'circle-check': CircleCheck,
  'circle-x': CircleX,
  clock: Clock,
  code: Code,
  cost: Coins,
  split: Columns2,
  contrast: Contrast,
  copy: Copy,
  machine: Cpu,
  dataset: Database,
  download: Download,
  more: Ellipsis,
  external: ExternalLink,
  eye: Eye,
  'eye-off': EyeOff,
  file: File,
  document: FileText,
  filter: Filter,
  incident: Flag,
  experiment: FlaskConical,
  folder: Folder,
  gauge: Gauge,
  branch: GitBranch,
  disk: HardDrive,
  hash: Hash,
  history: History,
  home: House,
  info: Info,
  key: KeyRound,
  keyboard: Keyboard,
  stack: Layers,
  link: Link,
  list: List,
  tree: ListTree,
  lock: Lock,
  'sign-out': LogOut,
  map: Map,
  fit: Maximize,
  minus: Minus,
  system: Monitor,
  dark: Moon,
  lineage: Network,
  pack: Package,
  'panel-right': PanelRight,
  pause: Pause,
  sign: PenLine,
  run: Play,
  plus: Plus,
  power: Power,
  redo: Redo2,
  refresh: RefreshCw,
  reset: RotateCcw,
  fairness: Scale,
  search: Search,
  send: Send,
  settings: Settings,
  evidence: ShieldCheck,
  start: SkipBack,
  end: SkipForward,
  frozen: Snowflake,
  stop: Square,
  approve: Stamp,
  light: Sun,
  table: Table,
  target: Target,
  terminal: Terminal,
  delete: Trash2,
  warning: TriangleAlert,
  undo: Undo2,
  upload: Upload,
  person: User,
  people: Users,
  offline: WifiOff,
  pipeline: Workflow,
  close: X,
  energy: Zap,
  'zoom-in': ZoomIn,
  'zoom-out': ZoomOut,
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
