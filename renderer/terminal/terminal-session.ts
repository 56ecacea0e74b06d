import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import type { TerminalChunk } from '../../shared/contract/index.ts'
import { copyText } from '../design/index.ts'
import { findMatches, stepMatch, type Match } from './find.ts'
import { createPlainText } from './plain-text.ts'
import { followRecording, recordedText, type FeedProgress, type RecordingFeed } from './recording-feed.ts'
import { followTheme, readTheme, readType } from './theme.ts'

const SCROLLBACK = 10_000
/** The heavier of the two weights that the mono font comes in. */
const BOLD = '500'

export interface TerminalStatus extends FeedProgress {
  /** Lines are below what is in sight. */
  readonly isScrolledBack: boolean
  readonly found: { readonly index: number; readonly count: number } | null
}

export interface TerminalWords {
  readonly terminalInput: string
  readonly tooMuchOutput: string
  /** The line that stands where output was left out. */
  readonly omission: (bytes: number) => string
}

/** Reads the recording of one attempt from a byte offset. Rejects with RequestError. */
export type ReadRecording = (offset: number) => Promise<TerminalChunk>

const FIRST: TerminalStatus = { status: 'reading', omitted: 0, error: null, isScrolledBack: false, found: null }

/** The terminal of one attempt: what it shows, and what can be done with it. Nothing can be typed into it, and one element at a time shows it. */
export class TerminalSession {
  readonly #read: ReadRecording
  readonly #words: TerminalWords
  readonly #listeners = new Set<() => void>()
  /** There while an element shows it. */
  #terminal: Terminal | null = null
  #feed: RecordingFeed | null = null
  #status = FIRST
  #sought = ''
  #found: number | null = null

  constructor(read: ReadRecording, words: TerminalWords) {
    this.#read = read
    this.#words = words
  }

  get status(): TerminalStatus {
    return this.#status
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Shows itself in an element, from the start of the recording; returns what ends that. */
  open(element: HTMLElement): () => void {
    const type = readType(element)
    Terminal.strings.promptLabel = this.#words.terminalInput
    Terminal.strings.tooMuchOutput = this.#words.tooMuchOutput
    const terminal = new Terminal({
      scrollback: SCROLLBACK,
      disableStdin: true,
      screenReaderMode: true,
      cursorInactiveStyle: 'none',
      minimumContrastRatio: 4.5,
      drawBoldTextInBrightColors: false,
      fontWeightBold: BOLD,
      // A link in the output is text: nothing here leads out of the window.
      linkHandler: { activate: () => {} },
      fontFamily: type.family,
      fontSize: type.size,
      lineHeight: type.lineHeight,
      theme: readTheme(element),
    })
    const fit = new FitAddon()
    terminal.loadAddon(fit)
    terminal.attachCustomKeyEventHandler((event) => {
      if (event.type === 'keydown') this.#scrollByKey(terminal, event)
      return false
    })
    terminal.onScroll(() => this.#noteScroll(terminal))
    terminal.onWriteParsed(() => this.#noteScroll(terminal))
    terminal.open(element)
    const refit = () => {
      if (element.clientWidth > 0 && element.clientHeight > 0) fit.fit()
    }
    const sizes = new ResizeObserver(refit)
    sizes.observe(element)
    const stopTheme = followTheme(() => {
      terminal.options.theme = readTheme(element)
    })
    const feed = this.#follow(terminal)
    this.#terminal = terminal
    this.#feed = feed
    // A font that arrives later has other widths: the cells are measured again with the real one.
    const weights = ['400', BOLD].map((weight) => document.fonts.load(`${weight} ${type.size}px ${type.family}`))
    void Promise.all(weights).then(() => {
      if (this.#terminal !== terminal) return
      terminal.options.fontFamily = `${type.family}, monospace`
      refit()
    })
    return () => {
      feed.stop()
      sizes.disconnect()
      stopTheme()
      terminal.dispose()
      this.#terminal = null
      this.#feed = null
    }
  }

  #follow(terminal: Terminal): RecordingFeed {
    return followRecording({
      read: this.#read,
      write: (text) => new Promise((resolve) => terminal.write(text, resolve)),
      omission: (bytes) => `\x1b[0m\x1b[33m${this.#words.omission(bytes)}\x1b[0m\r\n`,
      report: (progress) => this.#change(progress),
      frame: () => new Promise((resolve) => requestAnimationFrame(() => resolve())),
    })
  }

  /** The recording has grown, or the attempt has ended. */
  wake(): void {
    this.#feed?.wake()
  }

  scrollToEnd(): void {
    this.#terminal?.scrollToBottom()
  }

  /** Goes to the next (1) or previous (-1) place of a text and selects it; the empty text ends the search. */
  find(text: string, direction: 1 | -1): void {
    if (!this.#terminal) return
    if (text !== this.#sought) this.#found = null
    this.#sought = text
    const buffer = this.#terminal.buffer.active
    const matches = findMatches((row) => buffer.getLine(row)?.translateToString(true) ?? '', buffer.length, text)
    this.#found = stepMatch(this.#found, matches.length, direction)
    const match = this.#found === null ? undefined : matches[this.#found]
    if (match) show(this.#terminal, match)
    else this.#terminal.clearSelection()
    this.#change({ found: text === '' ? null : { index: this.#found ?? -1, count: matches.length } })
  }

  /** Copies the selection, or all that the terminal holds. Call while a press is handled; returns whether it worked. */
  copy(): boolean {
    if (!this.#terminal) return false
    const selection = this.#terminal.getSelection()
    return copyText(selection !== '' ? selection : textOf(this.#terminal))
  }

  /** The whole recording as plain text, also what the terminal no longer holds. Rejects with RequestError. */
  async recordedText(): Promise<Blob> {
    const plain = createPlainText()
    const parts: string[] = []
    for (let offset = 0; ; ) {
      const chunk = await this.#read(offset)
      parts.push(plain.push(recordedText(chunk)))
      if (chunk.nextOffset === offset || chunk.nextOffset >= chunk.size) break
      offset = chunk.nextOffset
    }
    return new Blob([...parts, plain.end()], { type: 'text/plain;charset=utf-8' })
  }

  #scrollByKey(terminal: Terminal, event: KeyboardEvent): void {
    const page = Math.max(1, terminal.rows - 1)
    const lines: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -SCROLLBACK, End: SCROLLBACK }
    const distance = lines[event.key]
    if (distance === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    terminal.scrollLines(distance)
  }

  #noteScroll(terminal: Terminal): void {
    const { viewportY, baseY } = terminal.buffer.active
    const isScrolledBack = viewportY < baseY
    if (isScrolledBack !== this.#status.isScrolledBack) this.#change({ isScrolledBack })
  }

  #change(part: Partial<TerminalStatus>): void {
    this.#status = { ...this.#status, ...part }
    for (const listener of this.#listeners) listener()
  }
}

function show(terminal: Terminal, { row, column, length }: Match): void {
  terminal.select(column, row, length)
  terminal.scrollToLine(Math.max(0, row - Math.floor(terminal.rows / 2)))
}

/** What the terminal holds, wrapped lines joined again. */
function textOf(terminal: Terminal): string {
  const buffer = terminal.buffer.active
  const lines: string[] = []
  for (let row = 0; row < buffer.length; row++) {
    const line = buffer.getLine(row)
    if (line?.isWrapped) lines.push((lines.pop() ?? '') + line.translateToString(true))
    else lines.push(line?.translateToString(true) ?? '')
  }
  return `${lines.join('\n').trimEnd()}\n`
}
