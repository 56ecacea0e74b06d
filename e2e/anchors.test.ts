import { execFileSync } from 'node:child_process'
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

it('takes in a time stamp of an authority and compares the ledger with it', async () => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: workplace.folder, stdio: 'ignore' })
  writeFileSync(at('ts.cnf'), '[ts]\nserial = serial\ndigests = sha256\ndefault_policy = 1.2.3\ness_cert_id_alg = sha256\nsigner_digest = sha256\n')
  writeFileSync(at('serial'), '01\n')
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'authority.key', '-subj', '/CN=Clock', '-addext', 'extendedKeyUsage=critical,timeStamping', '-out', 'authority.pem')
  await ledger('timestamp', 'authority', 'add', at('authority.pem'))
  const { size } = await workplace.json<{ size: number }>(['ledger', 'timestamp', 'request', '--to', at('day.tsq')])
  openssl('ts', '-reply', '-config', 'ts.cnf', '-section', 'ts', '-queryfile', 'day.tsq', '-signer', 'authority.pem', '-inkey', 'authority.key', '-out', 'day.tsr')
  await ledger('timestamp', 'import', at('day.tsr'))
  expect(await workplace.json(['ledger', 'timestamp', 'list'])).toMatchObject({ authorities: [{ subject: 'CN=Clock' }], timestamps: [{ size }] })
  expect(await workplace.json(['ledger', 'verify', '--against', at('day.tsr')])).toMatchObject({ ok: true, anchors: [{ size, stamp: { authority: 'CN=Clock' } }] })
})

it('has a ledger cosigned by a witness on another medium, and compares it with what the witness keeps', async () => {
  const stick = at('stick')
  const [logKey = ''] = (await ledger('keys')).split('\n')
  writeFileSync(at('stick.passphrase'), 'the passphrase of the stick')
  const asWitness = ['--passphrase-file', at('stick.passphrase')]
  const { key } = await workplace.json<{ key: string }>([...asWitness, 'witness', 'init', stick, '--name', 'audit.example/usb', '--log-key', logKey])
  await expect(ledger('witness', 'add', '--name', 'usb', '--key', key)).rejects.toThrow('Passphrase, to sign')
  await workplace.strongroom(['ledger', 'witness', 'add', '--name', 'usb', '--key', key], { env: { STRONGROOM_PASSPHRASE: PASSPHRASES.ada } })
  await ledger('witness', 'request', 'usb', '--to', at('request'))
  await workplace.strongroom([...asWitness, 'witness', 'sign', stick, at('request'), '--to', at('answer')])
  const imported = await workplace.json<{ size: number }>(['ledger', 'witness', 'import', at('answer')])
  expect(await ledger('checkpoint', '--cosigned')).toBe(readFileSync(join(stick, 'latest'), 'utf8'))
  expect(await workplace.json(['ledger', 'witness', 'list'])).toMatchObject({ witnesses: [{ name: 'usb', key, last: { size: imported.size } }], conflicts: [] })
  expect(await workplace.json(['witness', 'show', stick])).toMatchObject({ name: 'audit.example/usb', size: imported.size, sealed: true, conflicts: [] })
  const verified = await workplace.json(['ledger', 'verify', '--against', join(stick, 'latest')])
  expect(verified).toMatchObject({ ok: true, anchors: [{ size: imported.size, witnesses: [{ name: 'usb' }], unknown: [] }] })
})
