import { readFileSync, statfsSync } from 'node:fs'

/**
 * File systems of which it is known that each write, also one through a mapping, sets the time of the inode by this machine's clock: their numbers in
 * `linux/magic.h`. Not those of a network, whose server has a clock of its own; FAT, which has no such time; what programs serve (FUSE);
 * and memory, where writing through a mapping sets no time at all.
 */
const KNOWN_KINDS: ReadonlySet<number> = new Set([0xef53 /* ext2, ext3, ext4 */, 0x58465342 /* XFS */, 0x9123683e /* btrfs */, 0xf2f52010 /* F2FS */])

/** Whether a file's times tell that it was written to. False wherever that is not known. */
export function tellsChanges(folder: string): boolean {
  if (process.platform !== 'linux') return false
  try {
    return KNOWN_KINDS.has(statfsSync(folder).type)
  } catch {
    return false
  }
}

const LEAST_MS = 60_000

/**
 * For how long, in ms, a file must have been left alone so that any later write sets its time anew. The time has a granularity: up to 10 ms by the kernel's tick,
 * a second on ext3, two on others. And who has the file mapped sets it only with the first write to a page that is clean: until the kernel has written the page back, further
 * ones leave no trace (`dirty_expire_centisecs`, `dirty_writeback_centisecs`: 35 s together unless they were changed). Infinite where pages stay dirty for good.
 */
export function settlingTime(): number {
  try {
    const [expire, writeback] = ['expire', 'writeback'].map((what) => Number(readFileSync(`/proc/sys/vm/dirty_${what}_centisecs`, 'utf8')) * 10)
    if (!expire || !writeback) return Number.POSITIVE_INFINITY
    return Math.max(LEAST_MS, 2 * (expire + writeback))
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** Another at each start of the machine; null where there is none. */
export function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}
