import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PASSPHRASES, TestWorkplace } from './workplace.ts'

const workplace = new TestWorkplace()
const at = (name: string) => join(workplace.folder, name)
const ledger = (...args: string[]) => workplace.strongroom(['ledger', ...args])

beforeAll(async () => {
  await workplace.setUp()
  await workplace.strongroom(['login', 'ada'], { env: { STRONGROOM_PASSPHRASE: PASSPHRASES.ada } })
})
afterAll(() => workplace.close())

it('prints an anchor from the built product: fonts and colour profile are where it looks for them', async () => {
  const { size } = await workplace.json<{ size: number }>(['ledger', 'anchor', '--to', at('anchor.pdf')])
  expect(readFileSync(at('anchor.pdf'), 'latin1')).toContain('/GTS_PDFA1')
  await expect(ledger('anchor', '--to', at('anchor.pdf'))).rejects.toThrow('is there already')
  expect(await workplace.json(['ledger', 'list', '--action', 'anchor.printed'])).toMatchObject({ entries: [{ seq: size }] })
})

it('has a ledger cosigned by a witness on another medium, and compares it with what the witness keeps', async () => {
  const stick = at('stick')
  const [logKey = ''] = (await ledger('keys')).split('\n')
  writeFileSync(at('stick.passphrase'), 'the passphrase of the stick')
  const asWitness = ['--passphrase-file', at('stick.passphrase')]
  const { key } = await workplace.json<{ key: string }>([...asWitness, 'witness', 'init', stick, '--name', 'audit.example/usb', '--log-key', logKey])
  await ledger('witness', 'add', '--name', 'usb', '--key', key)
  await ledger('witness', 'request', 'usb', '--to', at('request'))
  await workplace.strongroom([...asWitness, 'witness', 'sign', stick, at('request'), '--to', at('answer')])
  const imported = await workplace.json<{ size: number }>(['ledger', 'witness', 'import', at('answer')])
  expect(await ledger('checkpoint', '--cosigned')).toBe(readFileSync(join(stick, 'latest'), 'utf8'))
  expect(await workplace.json(['ledger', 'witness', 'list'])).toMatchObject({ witnesses: [{ name: 'usb', key, last: { size: imported.size } }], conflicts: [] })
  expect(await workplace.json(['witness', 'show', stick])).toMatchObject({ name: 'audit.example/usb', size: imported.size, sealed: true, conflicts: [] })
  const verified = await workplace.json(['ledger', 'verify', '--against', join(stick, 'latest')])
  expect(verified).toMatchObject({ ok: true, anchors: [{ size: imported.size, witnesses: [{ name: 'usb' }], unknown: [] }] })
})
