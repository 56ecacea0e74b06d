import { html, type Html } from './html.ts'

export interface Column {
  readonly heading: string | Html
  /** Of the paper, such as `24mm`; without it, an equal share of what is left. */
  readonly width?: string
  readonly kind?: 'number' | 'code'
}

export interface TableRow {
  readonly id?: string
  readonly cells: readonly (string | number | Html)[]
}

/** A table whose heading repeats on every page that it runs over. */
export function writeTable(columns: readonly Column[], rows: readonly TableRow[]): Html {
  const style = ({ kind }: Column) => (kind === 'number' ? 'n' : kind === 'code' ? 'mono' : '')
  const widths = columns.map(({ width }) => (width === undefined ? html`<col>` : html`<col style="width:${width}">`))
  const headings = columns.map((column) => html`<th class="${column.kind === 'number' ? 'n' : ''}">${column.heading}</th>`)
  const lines = rows.map(({ id, cells }) => {
    const written = columns.map((column, index) => html`<td class="${style(column)}">${cells[index] ?? ''}</td>`)
    return id === undefined ? html`<tr>${written}</tr>\n` : html`<tr id="${id}">${written}</tr>\n`
  })
  return html`<table><colgroup>${widths}</colgroup>
<thead><tr>${headings}</tr></thead>
<tbody>
${lines}</tbody></table>`
}
