import { appendFileSync } from 'node:fs'

/** Tells whoever runs this stage how it goes: one JSON line per figure in the file that STRONGROOM_METRICS names, if any. */
export function reportLive(step, figures) {
  const file = process.env.STRONGROOM_METRICS
  if (!file) return
  const lines = Object.entries(figures).map(([name, value]) => JSON.stringify({ name, step, value }))
  appendFileSync(file, `${lines.join('\n')}\n`)
}
