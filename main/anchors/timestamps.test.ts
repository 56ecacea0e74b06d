import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Certificate, SignedData, TimeStampResp } from 'pkijs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PersonId } from '../../shared/contract/index.ts'
import { continueShort, createLedgerOf, createPerson, createShortLedger, snapshotFact, type LedgerFixture } from '../ledger/fixtures.ts'
import { formatStampRequest } from './time-stamp.ts'
import { openAnchor } from './anchor.ts'
import { Timestamps } from './timestamps.ts'
import { Witnesses } from './witnesses.ts'

const folder = mkdtempSync(join(tmpdir(), 'timestamps-'))
const at = (name: string) => join(folder, name)
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
const pem = (name: string) => readFileSync(at(`${name}.pem`), 'utf8')

const person = PersonId.parse('p-00000001')
const { signer, enrolled } = createPerson(person)
const actor = { person, displayName: 'Ada', signer }

let log: LedgerFixture
let timestamps: Timestamps
let response: Buffer

const CONFIG = `
[ts]
serial = ${join(folder, 'serial')}
digests = sha256, sha384
default_policy = 1.2.3.4.1
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
signer_digest = sha256
[root]
basicConstraints = critical, CA:true
[stamping]
basicConstraints = CA:false
extendedKeyUsage = critical, timeStamping
[stamping-too]
extendedKeyUsage = critical, timeStamping, codeSigning
[not-critical]
extendedKeyUsage = timeStamping
`

/** A P-256 key and its certificate, issued by `issuer`, or by itself. */
function certify(name: string, extensions: string, issuer?: string): void {
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
  openssl('req', '-new', '-key', `${name}.key`, '-subj', `/O=Test/CN=${name}`, '-out', `${name}.csr`)
  const by = issuer === undefined ? ['-key', `${name}.key`] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial']
  openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', '30', '-extfile', 'ts.cnf', '-extensions', extensions, '-out', `${name}.pem`)
}

/** What the authority answers to a request, as `openssl ts` does. */
function answer(request: string, by = 'authority'): Buffer {
  writeFileSync(at('request.tsq'), Buffer.from(request, 'base64'))
  openssl('ts', '-reply', '-config', 'ts.cnf', '-section', 'ts', '-queryfile', 'request.tsq', '-signer', `${by}.pem`, '-inkey', `${by}.key`, '-out', 'response.tsr')
  return readFileSync(at('response.tsr'))
}

/** The same response with another certificate in it. */
function withCertificate(response: Buffer, certificate: Buffer): Buffer {
  const parsed = TimeStampResp.fromBER(Uint8Array.from(response).buffer)
  const signed = new SignedData({ schema: parsed.timeStampToken?.content })
  signed.certificates = [Certificate.fromBER(Uint8Array.from(certificate).buffer)]
  if (parsed.timeStampToken) parsed.timeStampToken.content = signed.toSchema() as unknown
  return Buffer.from(parsed.toSchema().toBER())
}

const open = (content: Buffer) => openAnchor({ ledger: log.ledger, witnesses: new Witnesses(log.ledger), timestamps }, content)

beforeAll(() => {
  writeFileSync(at('ts.cnf'), CONFIG)
  writeFileSync(at('serial'), '01\n')
  writeFileSync(at('ca.cnf'), `[ca]\ndatabase = ${at('index')}\nserial = ${at('ca-serial')}\nnew_certs_dir = ${folder}\ndefault_md = sha256\npolicy = any\n[any]\norganizationName = optional\ncommonName = optional\n`)
  writeFileSync(at('index'), '')
  writeFileSync(at('ca-serial'), '1000\n')
  certify('root', 'root')
  certify('authority', 'stamping', 'root')
  certify('stranger', 'root')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(async () => {
  log = createLedgerOf(20)
  log.ledger.commit((tx) => tx.append(log.orchestrator, enrolled))
  timestamps = new Timestamps(log.ledger)
  timestamps.addAuthority(actor, pem('root'))
})

describe('a time stamp', () => {
  it('is asked for as openssl understands, answered by it, taken in, and compared with later', async () => {
    const asked = await timestamps.request(actor)
    response = answer(asked.request)
    expect(execFileSync('openssl', ['ts', '-query', '-in', at('request.tsq'), '-text'], { encoding: 'utf8' })).toMatch(/Certificate required: yes/)
    log.ledger.commit((tx) => tx.append(log.orchestrator, snapshotFact(99)))
    const recorded = await timestamps.importResponse(actor, response)
    expect(recorded).toMatchObject({ size: asked.size, authority: 'O=Test, CN=root', entry: log.ledger.size - 1 })
    expect(timestamps.list()).toEqual([recorded])
    expect(Date.now() - Date.parse(recorded.time)).toBeLessThan(3_600_000)
    expect(await open(response)).toMatchObject({ note: asked.checkpoint, size: asked.size, stamp: { authority: 'O=Test, CN=root', time: recorded.time } })
    // A stranger checks what was kept: the checkpoint beside the request, and the answer.
    writeFileSync(at('checkpoint'), asked.checkpoint)
    expect(openssl('ts', '-verify', '-data', 'checkpoint', '-in', 'response.tsr', '-CAfile', 'root.pem').toString()).toBe('Verification: OK\n')
    await expect(timestamps.importResponse(actor, response)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('may be by an authority whose own certificate is the one that is trusted', async () => {
    timestamps.addAuthority(actor, pem('authority'))
    expect(await timestamps.importResponse(actor, answer((await timestamps.request(actor)).request))).toMatchObject({ authority: 'O=Test, CN=authority' })
  })

  it('is refused where a bit of what was stamped, of the time, or of the signature is another', async () => {
    const asked = await timestamps.request(actor)
    response = answer(asked.request)
    const [entry] = log.ledger.entries({ action: 'timestamp.requested', limit: 1, descending: true })
    const imprint = response.indexOf(Buffer.from(entry?.entry.subject[0]?.digest.sha256 ?? '', 'hex'))
    const time = response.indexOf(`${new Date().getUTCFullYear()}`)
    for (const place of [imprint, imprint + 31, time + 13, response.length - 1, response.length - 40]) {
      const altered = Buffer.from(response)
      altered.writeUInt8(altered.readUInt8(place) ^ 1, place)
      await expect(timestamps.importResponse(actor, altered), `byte ${place} of ${response.length}`).rejects.toMatchObject({ code: 'invalid-request' })
    }
    await expect(timestamps.importResponse(actor, Buffer.concat([response, Buffer.alloc(1)]))).rejects.toThrow('it does not end where its length says')
    await expect(timestamps.importResponse(actor, response.subarray(0, -1))).rejects.toThrow('This is not the response')
    expect(await timestamps.importResponse(actor, response)).toMatchObject({ size: asked.size })
  })

  it('is refused from nobody that is known, from who was removed, and for another ledger', async () => {
    const { request } = await timestamps.request(actor)
    certify('elsewhere', 'stamping', 'stranger')
    await expect(timestamps.importResponse(actor, answer(request, 'elsewhere'))).rejects.toThrow('whose certificates do not lead to O=Test, CN=root')
    response = answer(request)
    const [authority] = timestamps.authorities()
    timestamps.removeAuthority(actor, authority?.fingerprint ?? '')
    await expect(timestamps.importResponse(actor, response)).rejects.toThrow('its stamps are not taken in any more')
    log = createLedgerOf(20)
    timestamps = new Timestamps(log.ledger)
    await expect(open(response)).rejects.toThrow('is on nothing that this ledger asked a stamp for')
    const { ledger } = continueShort(createShortLedger())
    timestamps = new Timestamps(ledger)
    await expect(open(response)).rejects.toThrow(`the request is among the entries that this one lost (entry ${ledger.losses[0]?.seq} says so)`)
  })

  it('is refused as the answer to another request on the same checkpoint', async () => {
    await timestamps.request(actor)
    // As somebody asks who knows the digest and not the nonce.
    const own = log.ledger.entries({ action: 'timestamp.requested', limit: 1, descending: true })[0]?.entry.subject[0]?.digest.sha256 ?? ''
    const other = await formatStampRequest({ imprint: Buffer.from(own, 'hex'), nonce: Buffer.from('4242424242', 'hex') })
    await expect(timestamps.importResponse(actor, answer(other.toString('base64')))).rejects.toThrow('its nonce is not the one that was recorded')
  })

  it.each([
    { extensions: 'stamping-too', why: 'not one for time stamping alone' },
    { extensions: 'not-critical', why: 'not one for time stamping alone' },
    { extensions: 'stamping', why: 'does not name the certificate' },
  ])('is refused with another certificate for the same key: $extensions', async ({ extensions, why }) => {
    certify('good', 'stamping', 'root')
    const stamped = answer((await timestamps.request(actor)).request, 'good')
    const serial = openssl('x509', '-in', 'good.pem', '-noout', '-serial').toString().trim().replace('serial=', '0x')
    openssl('x509', '-req', '-in', 'good.csr', '-CA', 'root.pem', '-CAkey', 'root.key', '-set_serial', serial, '-days', '29', '-extfile', 'ts.cnf', '-extensions', extensions, '-out', 'other.pem')
    await expect(timestamps.importResponse(actor, withCertificate(stamped, new X509Certificate(pem('other')).raw))).rejects.toThrow(why)
    // That it is the certificate alone: with its own it is taken in.
    expect(await timestamps.importResponse(actor, withCertificate(stamped, new X509Certificate(pem('good')).raw))).toMatchObject({ authority: 'O=Test, CN=root' })
  })

  it('is refused by a certificate that is not in force yet', async () => {
    certify('late', 'stamping', 'root')
    openssl('ca', '-batch', '-config', 'ca.cnf', '-name', 'ca', '-in', 'late.csr', '-cert', 'root.pem', '-keyfile', 'root.key', '-startdate', '20400101000000Z', '-enddate', '20410101000000Z', '-extfile', 'ts.cnf', '-extensions', 'stamping', '-notext', '-out', 'late.pem')
    await expect(timestamps.importResponse(actor, answer((await timestamps.request(actor)).request, 'late'))).rejects.toThrow('was not in force')
  })

  it('is refused where it is a refusal, no response, or no certificate is taken in', async () => {
    writeFileSync(at('request.tsq'), Buffer.from((await timestamps.request(actor)).request, 'base64').subarray(0, 30))
    openssl('ts', '-reply', '-config', 'ts.cnf', '-section', 'ts', '-queryfile', 'request.tsq', '-signer', 'authority.pem', '-inkey', 'authority.key', '-out', 'response.tsr')
    await expect(timestamps.importResponse(actor, readFileSync(at('response.tsr')))).rejects.toThrow('The authority refused the request (status 2)')
    await expect(timestamps.importResponse(actor, Buffer.from('not DER'))).rejects.toThrow('This is not the response of a time stamp authority')
    expect(() => timestamps.addAuthority(actor, 'not PEM')).toThrow('This is not a certificate in PEM.')
    expect(() => timestamps.addAuthority(actor, pem('root'))).toThrow('is known already')
  })
})
