/**
 * Where the Node that everything runs on lies. Its major is the one that Electron 45 embeds; npm brings it as a package of the platform.
 * Runs on any Node from 20.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const MAJOR = 24

/** @param {string} root the folder that holds node_modules. @returns {string} absolute path of the pinned node executable. */
export function pinnedNode(root) {
  const os = process.platform === 'win32' ? 'win' : process.platform
  const executable = process.platform === 'win32' ? 'node.exe' : 'node'
  const path = join(root, 'node_modules', `node-${os}-${process.arch}`, 'bin', executable)
  if (existsSync(path)) return path
  if (Number(process.versions.node.split('.')[0]) === MAJOR) return process.execPath
  throw new Error(`npm has no Node ${MAJOR} for ${os}-${process.arch}. Run this with Node ${MAJOR} instead of ${process.versions.node}.`)
}
