import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/**
 * How many TCP connections of this process lead beyond loopback. Linux: the process's socket inodes (proc(5), /proc/self/fd) looked up in
 * /proc/self/net/tcp and tcp6. Null where the system does not tell.
 */
export function countOutsideConnections(platform: NodeJS.Platform = process.platform): number | null {
  if (platform !== 'linux') return null
  try {
    const own = ownSocketInodes()
    return ['tcp', 'tcp6'].reduce((sum, table) => sum + remoteRows(readFileSync(`/proc/self/net/${table}`, 'utf8')).filter((inode) => own.has(inode)).length, 0)
  } catch {
    return null
  }
}

function ownSocketInodes(): Set<string> {
  const inodes = new Set<string>()
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${name}`))?.[1]
      if (inode !== undefined) inodes.add(inode)
    } catch {
      // The descriptor was closed between listing and reading.
    }
  }
  return inodes
}

/** Inodes of the rows whose remote address is neither unset (a listener) nor loopback. Addresses are hex, in host byte order by 32 bits. */
export function remoteRows(table: string): string[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns.length > 9)
    .filter((columns) => {
      const address = columns[2]?.split(':')[0] ?? ''
      const unset = /^0+$/.test(address)
      const loopback = /^[0-9A-F]{6}7F$/.test(address) || address === '00000000000000000000000001000000' || /^0{16}FFFF0000[0-9A-F]{6}7F$/.test(address)
      return !unset && !loopback
    })
    .map((columns) => columns[9] ?? '')
}
