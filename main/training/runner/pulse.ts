import { appendFileSync, writeFileSync } from 'node:fs'
import type { AttemptFolder } from './attempt-folder.ts'
import { platform } from './platform/index.ts'

/**
 * The signs of life that a runner leaves each second: the heartbeat's modification time and one line of `samples.jsonl` with the stage's
 * use of the machine, `{"time": ISO 8601, "cpuPercent": of one core, "rssBytes": of the process tree}`. A full disk is not its concern.
 */
export function startPulse(files: AttemptFolder, childPid: () => number | null, onBeat: () => void): () => void {
  let last: { at: number; cpuSeconds: number; pid: number } | null = null
  const beat = (): void => {
    try {
      const now = new Date()
      writeFileSync(files.heartbeat, now.toISOString())
      const pid = childPid()
      if (pid !== null) {
        const usage = platform.usage(platform.tree(pid))
        const seconds = last?.pid === pid ? (now.getTime() - last.at) / 1000 : 0
        // A process that ended took its CPU time with it: the sum may shrink.
        const spent = Math.max(0, usage.cpuSeconds - (last?.cpuSeconds ?? 0))
        const cpuPercent = seconds > 0 ? Math.round((spent / seconds) * 1000) / 10 : 0
        last = { at: now.getTime(), cpuSeconds: usage.cpuSeconds, pid }
        const sample = { time: now.toISOString(), cpuPercent, rssBytes: usage.rssBytes }
        if (seconds > 0) appendFileSync(files.samples, `${JSON.stringify(sample)}\n`)
      }
    } catch {
      // The next second tries again; whoever watches sees an old heartbeat.
    }
    onBeat()
  }
  beat()
  const timer = setInterval(beat, 1000)
  return () => clearInterval(timer)
}
