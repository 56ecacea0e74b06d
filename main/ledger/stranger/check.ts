import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where Debian's golang-golang-x-mod-dev puts the Go project's own implementation of notes and trees. */
const GOPATH = '/usr/share/gocode'

/** Whether Go and its sumdb packages are here. */
export const isStrangerHere = existsSync(join(GOPATH, 'src/golang.org/x/mod/sumdb/tlog')) && spawnSync('go', ['version']).status === 0

/** Where CI is set the stranger must be asked: then a missing package fails the test. */
export const mayBeSkipped = !isStrangerHere && process.env['CI'] === undefined

/** What check.go says of a ledger's outputs; its own head describes them. Status 0 where it accepts them. */
export function askStranger(input: object): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('go', ['run', join(import.meta.dirname, 'check.go')], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...process.env, GOPATH, GO111MODULE: 'off', GOFLAGS: '' },
  })
  return { status, output: stdout + stderr }
}

/** What tiles.go says of a folder of tiles; its own head describes the arguments. Status 0 where it accepts them. */
export function askStrangerAboutTiles(folder: string, logKey: string, positions: readonly number[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('go', ['run', join(import.meta.dirname, 'tiles.go'), folder, logKey, ...positions.map(String)], {
    encoding: 'utf8',
    env: { ...process.env, GOPATH, GO111MODULE: 'off', GOFLAGS: '' },
  })
  return { status, output: stdout + stderr }
}
