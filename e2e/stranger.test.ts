import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSPHRASES, TestWorkplace } from './workplace.ts'

/** Where Debian's golang-golang-x-mod-dev puts the Go project's own implementation of notes and trees. */
const GOPATH = '/usr/share/gocode'
const present = existsSync(join(GOPATH, 'src/golang.org/x/mod/sumdb/tlog')) && spawnSync('go', ['version']).status === 0
const program = join(import.meta.dirname, '..', 'main', 'ledger', 'stranger', 'check.go')

const workplace = new TestWorkplace()
beforeAll(async () => {
  await workplace.setUp()
  // One session, as each of its own would add entries between two commands.
  await workplace.strongroom(['login', 'ada'], { env: { STRONGROOM_PASSPHRASE: PASSPHRASES.ada } })
})
afterAll(() => workplace.close())

// Where CI is set the test must run: then a missing package fails it.
it.skipIf(!present && process.env['CI'] === undefined)('prints a ledger that a stranger with sumdb/note and sumdb/tlog can check', async () => {
  const print = (...args: string[]) => workplace.strongroom(['ledger', ...args])
  const [logKey = ''] = (await print('keys')).split('\n')
  const checkpoint = await print('checkpoint')
  const entries = []
  for (const seq of ['0', '3', '7']) {
    entries.push({ leaf: Buffer.from(await print('show', seq, '--raw')).toString('base64'), proof: await print('prove', seq) })
  }
  const { status, stdout, stderr } = spawnSync('go', ['run', program], {
    input: JSON.stringify({ logKey, checkpoint, older: checkpoint, consistency: [], entries }),
    encoding: 'utf8',
    env: { ...process.env, GOPATH, GO111MODULE: 'off', GOFLAGS: '' },
  })
  const { size } = await workplace.json<{ size: number }>(['ledger', 'list', '--limit', '1'])
  expect(status, stderr).toBe(0)
  expect(stdout).toBe(`tree ${size} contains tree ${size}\n3 entries\n`)
})
