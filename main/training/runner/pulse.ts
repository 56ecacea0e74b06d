import { appendFileSync, writeFileSync } from 'node:fs'
import type { ResourceSample } from '../../../shared/contract/index.ts'
import type { AttemptFolder } from './attempt-folder.ts'

/**
 * The signs of life that a runner leaves each second: the heartbeat's modification time and, while a command runs, one line of `samples.jsonl` with
 * the stage's use of the machine (`ResourceSample`). A full disk is not its concern.
 */
export function startPulse(files: AttemptFolder, look: (time: Date) => ResourceSample | null, onBeat: () => void): () => void {
  const beat = (): void => {
    try {
      const now = new Date()
      writeFileSync(files.heartbeat, now.toISOString())
      const sample = look(now)
      if (sample !== null) appendFileSync(files.samples, `${JSON.stringify(sample)}\n`)
    } catch {
      // The next second tries again; whoever watches sees an old heartbeat.
    }
    onBeat()
  }
  beat()
  const timer = setInterval(beat, 1000)
  return () => clearInterval(timer)
}
