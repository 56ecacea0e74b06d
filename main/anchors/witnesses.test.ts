import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dataFolder } from '../client/index.ts'
import type { Actor } from '../identity/index.ts'
import { formatConflictReport } from '../ledger/index.ts'
import { openTestWorkplace, PASSPHRASE } from '../orchestrator/test-workplace.ts'
import { answerAnchors } from '../orchestrator/requests/anchors.ts'
import type { Call } from '../orchestrator/router.ts'
import type { Services } from '../orchestrator/services.ts'
import type { Workplace } from '../orchestrator/workplace.ts'
import { createWitness, readWitness, signRequest, type SignOutcome } from '../witness/index.ts'
import { openAnchor } from './anchor.ts'

const CLIENT = 'a'.repeat(64)

let base: string
let stick: string
const opened: Workplace[] = []

/** A workplace in a data folder, with its administrator signed in. */
async function open(name: string): Promise<Services & { actor: Actor; workplace: Workplace }> {
  const workplace = await openTestWorkplace({ folder: dataFolder(join(base, name)) })
  opened.push(workplace)
  const services = workplace.ready()
  if (!services.sessions.find(CLIENT)) await services.sessions.open(CLIENT, 'asta', PASSPHRASE)
  return { ...services, actor: services.sessions.actor(CLIENT), workplace }
}

async function close(workplace: Workplace): Promise<void> {
  opened.splice(opened.indexOf(workplace), 1)
  await workplace.close()
}

/** One more entry, as anything that happens makes. */
const happen = ({ ledger, orchestrator }: Services) => ledger.commit((tx) => tx.append(orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason: 'test' } }))

const sign = (request: string): Promise<SignOutcome> => signRequest(stick, request, { passphrase: () => Promise.reject(new Error('never asked')), clock: Date.now })

async function answer(request: string): Promise<string> {
  const outcome = await sign(request)
  return outcome.outcome === 'cosigned' ? outcome.lines : outcome.report
}

const callOf = (actor: Actor): Call => ({ clientKey: CLIENT, actor: () => actor, holdings: () => [], signal: new AbortController().signal, progress: () => undefined })

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'witnesses-'))
  stick = join(base, 'stick')
  const { witnesses, actor, ledger } = await open('original')
  const { key } = await createWitness(stick, { name: 'audit.example/usb', logKey: ledger.verifierKeys()[0]?.text ?? '', passphrase: null })
  witnesses.add(actor, 'usb', key)
})
afterEach(async () => {
  for (const workplace of [...opened]) await close(workplace)
  rmSync(base, { recursive: true, force: true })
})

const first = (): Services & { actor: Actor } => {
  const [workplace] = opened
  if (!workplace) throw new Error('none is open')
  const services = workplace.ready()
  return { ...services, actor: services.sessions.actor(CLIENT) }
}

describe('a witness of the ledger', () => {
  it('has its cosignature recorded with the checkpoint that it is of, although the ledger grew meanwhile', async () => {
    const here = first()
    const { request, old, size } = here.witnesses.request('usb')
    expect({ old, size }).toEqual({ old: 0, size: here.ledger.size })
    const lines = await answer(request)
    for (let i = 0; i < 5; i++) happen(here)
    const imported = await here.witnesses.importAnswer(here.actor, lines)
    expect(imported).toMatchObject({ outcome: 'cosigned', witness: 'usb', size, entry: here.ledger.size - 1 })
    expect(here.witnesses.list()).toMatchObject([{ name: 'usb', last: { size, entry: here.ledger.size - 1 } }])
    const cosigned = here.witnesses.cosignedCheckpoint() ?? ''
    expect(cosigned).toBe(readFileSync(join(stick, 'latest'), 'utf8'))
    expect(await openAnchor(here, Buffer.from(cosigned))).toMatchObject({ size, witnesses: [{ name: 'usb' }], unknown: [] })
    // The next request goes on from there, and the witness takes it.
    const next = here.witnesses.request('usb')
    expect(next.old).toBe(size)
    expect(await sign(next.request)).toMatchObject({ outcome: 'cosigned', size: here.ledger.size })
  })

  it('is taken in by whoever may, with their passphrase', async () => {
    const { actor, ledger } = first()
    const [workplace] = opened
    if (!workplace) throw new Error('none is open')
    const other = join(base, 'other')
    const { key } = await createWitness(other, { name: 'audit.example/other', logKey: ledger.verifierKeys()[0]?.text ?? '', passphrase: null })
    const add = (passphrase: string) => answerAnchors(workplace, () => undefined)['witnesses.add']({ name: 'other', key, passphrase }, callOf(actor))
    const { size } = ledger
    await expect(add('another passphrase')).rejects.toMatchObject({ code: 'wrong-passphrase' })
    expect(ledger.count({ action: 'witness.added', from: size })).toBe(0)
    expect(await add(PASSPHRASE)).toMatchObject({ name: 'other', addedEntry: ledger.size - 1 })
  })

  it('whose answer was lost is caught up with by its file latest', async () => {
    const here = first()
    const lost = await sign(here.witnesses.request('usb').request)
    happen(here)
    await expect(sign(here.witnesses.request('usb').request)).rejects.toThrow("import its file 'latest'")
    expect(await here.witnesses.importAnswer(here.actor, readFileSync(join(stick, 'latest'), 'utf8'))).toMatchObject({ outcome: 'cosigned', size: lost.outcome === 'cosigned' ? lost.size : 0 })
    expect(await sign(here.witnesses.request('usb').request)).toMatchObject({ outcome: 'cosigned' })
  })

  it('is believed in nothing that was altered, is of another witness, or says no more than is known', async () => {
    const here = first()
    const lines = await answer(here.witnesses.request('usb').request)
    const importing = (text: string) => here.witnesses.importAnswer(here.actor, text)
    const at = lines.length - 20
    await expect(importing(`${lines.slice(0, at)}${lines[at] === 'A' ? 'B' : 'A'}${lines.slice(at + 1)}`)).rejects.toThrow('is on no checkpoint of this ledger')
    await expect(importing(lines.replace('usb', 'other'))).rejects.toThrow('which is no witness of this ledger')
    await expect(importing(here.ledger.checkpoint())).rejects.toThrow('There is no cosignature in the file')
    await expect(importing('{}')).rejects.toThrow('This is not a witness')
    await expect(importing('nothing')).rejects.toThrow('This is not a signed note')
    await importing(lines)
    await expect(importing(lines)).rejects.toMatchObject({ code: 'conflict' })
    expect(here.ledger.count({ action: 'witness.cosigned' })).toBe(1)
  })

  it('counts no more once it is removed, for what comes after; what it saw before stays attested', async () => {
    const here = first()
    await here.witnesses.importAnswer(here.actor, await answer(here.witnesses.request('usb').request))
    const before = here.witnesses.cosignedCheckpoint() ?? ''
    const { request } = here.witnesses.request('usb')
    here.witnesses.remove(here.actor, 'usb')
    await expect(here.witnesses.importAnswer(here.actor, await answer(request))).rejects.toMatchObject({ code: 'not-found' })
    expect(() => here.witnesses.request('usb')).toThrow('There is no witness usb.')
    expect(await openAnchor(here, Buffer.from(before))).toMatchObject({ witnesses: [{ name: 'usb' }] })
    expect(() => here.witnesses.add(here.actor, 'usb', readWitness(stick).key)).toThrow('A key that was given up is not taken back')
  })

  it('is named as a stranger where it cosigned without being known', async () => {
    const here = first()
    const strange = join(base, 'strange')
    await createWitness(strange, { name: 'somebody', logKey: here.ledger.verifierKeys()[0]?.text ?? '', passphrase: null })
    const { request } = here.witnesses.request('usb')
    await signRequest(strange, request.replace(/^old \d+/, 'old 0'), { passphrase: async () => '', clock: Date.now })
    const seen = readFileSync(join(strange, 'latest'))
    expect(await openAnchor(here, seen)).toMatchObject({ witnesses: [], unknown: ['somebody'] })
    // Taken in later, it attests what comes then, and not what it saw before.
    here.witnesses.add(here.actor, 'late', readWitness(strange).key)
    expect(await openAnchor(here, seen)).toMatchObject({ witnesses: [], unknown: ['somebody'] })
    await expect(here.witnesses.importAnswer(here.actor, seen.toString())).rejects.toThrow('is known from entry')
    await signRequest(strange, here.witnesses.request('late', readWitness(strange).size).request, { passphrase: async () => '', clock: Date.now })
    expect(await openAnchor(here, readFileSync(join(strange, 'latest')))).toMatchObject({ witnesses: [{ name: 'late' }], unknown: [] })
  })
})

describe('two copies of a data folder that go on side by side', () => {
  /** The witness has cosigned the original; then a copy of the folder is made, and both record something of their own. */
  async function fork(): Promise<Record<'here' | 'copy', Awaited<ReturnType<typeof open>>>> {
    const before = first()
    await before.witnesses.importAnswer(before.actor, await answer(before.witnesses.request('usb').request))
    const [workplace] = opened
    if (workplace) await close(workplace)
    cpSync(join(base, 'original'), join(base, 'copy'), { recursive: true })
    const here = await open('original')
    const copy = await open('copy')
    happen(here)
    happen(copy)
    happen(copy)
    return { here, copy }
  }

  it('are told apart by the witness, whose report both take in', async () => {
    const { here, copy } = await fork()
    await here.witnesses.importAnswer(here.actor, await answer(here.witnesses.request('usb').request))
    const held = readWitness(stick).size
    // The copy does not know how far the witness is; asked again as the witness says, it shows what it is.
    await expect(sign(copy.witnesses.request('usb').request)).rejects.toThrow(`make the request again with --old ${held}`)
    while (copy.ledger.size <= held + 1) happen(copy)
    const outcome = await sign(copy.witnesses.request('usb', held).request)
    expect(outcome).toMatchObject({ outcome: 'conflict' })
    const report = outcome.outcome === 'conflict' ? outcome.report : ''
    expect(await here.witnesses.importAnswer(here.actor, report)).toMatchObject({ outcome: 'conflict', foreign: 'offered', size: copy.ledger.size, isOver: false })
    expect(await copy.witnesses.importAnswer(copy.actor, report)).toMatchObject({ outcome: 'conflict', foreign: 'held', size: held, isOver: true })
    expect(here.witnesses.conflicts()).toHaveLength(1)
    // The same report says nothing new; what the witness holds goes on, and nothing else does.
    await here.witnesses.importAnswer(here.actor, report)
    expect(here.ledger.count({ action: 'witness.conflict' })).toBe(1)
    happen(here)
    expect(() => happen(copy)).toThrow('Nothing is recorded in it before an administrator')
  })

  it('are told apart for good: what overtook the witness’s history goes on as it was under another origin alone, also when it is opened anew', async () => {
    const { here, copy } = await fork()
    await here.witnesses.importAnswer(here.actor, await answer(here.witnesses.request('usb').request))
    while (copy.ledger.size <= readWitness(stick).size) happen(copy)
    const latest = readFileSync(join(stick, 'latest'), 'utf8')
    const { size } = await copy.witnesses.importAnswer(copy.actor, latest)
    const recorded = copy.ledger.size
    await close(copy.workplace)
    await expect(open('copy')).rejects.toMatchObject({ code: 'history-parted', message: expect.stringContaining('ledger continue') as string })
    const workplace = await openTestWorkplace({ folder: dataFolder(join(base, 'copy')), evenShort: true })
    opened.push(workplace)
    expect(workplace.isShort).toBe(true)
    const wish = { handle: 'asta', passphrase: PASSPHRASE, reason: 'an old copy went on', anchors: [], unproved: false, newOrchestratorKey: false }
    expect(await workplace.continueLedger(wish)).toMatchObject({ entry: recorded, signed: size, isProved: true })
    happen(workplace.ready())
    expect(workplace.ready().ledger.count({ action: 'witness.conflict' })).toBe(1)
  })

  it('end the orchestrator of the one that the witness does not hold, once it has answered', async () => {
    const { here, copy } = await fork()
    const report = async (): Promise<string> => {
      while (copy.ledger.size <= readWitness(stick).size) happen(copy)
      return answer(copy.witnesses.request('usb', readWitness(stick).size).request)
    }
    await here.witnesses.importAnswer(here.actor, await answer(here.witnesses.request('usb').request))
    const text = await report()
    const stoppedBy = async ({ workplace, actor }: typeof here): Promise<string | undefined> => {
      const stops: string[] = []
      await answerAnchors(workplace, (reason) => stops.push(reason))['witnesses.import']({ text }, callOf(actor))
      await setImmediate()
      return stops[0]
    }
    expect([await stoppedBy(here), await stoppedBy(copy)]).toEqual([undefined, 'the ledger has not what a witness saw'])
  })

  it('are told apart by a report too where the copy has fewer entries than the witness holds', async () => {
    const { here, copy } = await fork()
    for (let more = 0; more < 9; more++) happen(here)
    const cosigned = await sign(here.witnesses.request('usb').request)
    const held = readFileSync(join(stick, 'latest'), 'utf8')
    const report = formatConflictReport({ witness: readWitness(stick).key, held, offered: copy.ledger.checkpoint(), request: '', at: new Date().toISOString() })
    const { size } = copy.ledger
    expect(await copy.witnesses.importAnswer(copy.actor, report)).toMatchObject({ outcome: 'ahead', missing: (cosigned.outcome === 'cosigned' ? cosigned.size : 0) - size })
    expect(() => happen(copy)).toThrow('Nothing is recorded in it before an administrator')
    expect(copy.ledger.size).toBe(size)
  })

  it('are told apart by what the witness cosigned, where the copy is handed it', async () => {
    const { here, copy } = await fork()
    await here.witnesses.importAnswer(here.actor, await answer(here.witnesses.request('usb').request))
    while (copy.ledger.size <= readWitness(stick).size) happen(copy)
    expect(await copy.witnesses.importAnswer(copy.actor, readFileSync(join(stick, 'latest'), 'utf8'))).toMatchObject({ outcome: 'conflict', foreign: 'held' })
    expect(copy.witnesses.list()).toMatchObject([{ last: { size: expect.any(Number) as number } }])
    expect(copy.ledger.count({ action: 'witness.cosigned' })).toBe(1)
  })

  it('do not accuse one another of a request that was damaged on its way', async () => {
    const { here } = await fork()
    const outcome = await sign(here.witnesses.request('usb').request)
    expect(outcome.outcome).toBe('cosigned')
    const report = formatConflictReport({ witness: readWitness(stick).key, held: readFileSync(join(stick, 'latest'), 'utf8'), offered: here.ledger.checkpoint(), request: '', at: new Date().toISOString() })
    await expect(here.witnesses.importAnswer(here.actor, report)).rejects.toThrow('are of this ledger: the request was damaged on its way')
  })
})

describe('a checkpoint that was kept elsewhere', () => {
  it('is read as it was typed back: ends of lines, indentation, a plain dash', async () => {
    const here = first()
    const note = here.ledger.checkpoint()
    const typed = `\uFEFF\r\n${note.split('\n').map((line) => `   ${line}  `).join('\r\n').replace('—', '-')}\r\n\r\n`
    expect(await openAnchor(here, Buffer.from(typed))).toMatchObject({ note, size: here.ledger.size })
  })

  it('is refused where a character is another, and where another log signed it', async () => {
    const here = first()
    const note = here.ledger.checkpoint()
    await expect(openAnchor(here, Buffer.from(note.replace(/\n(\d+)\n/, '\n9999\n')))).rejects.toThrow('is not a checkpoint of this ledger')
    await expect(openAnchor(here, Buffer.from('a text\n'))).rejects.toThrow('is not a checkpoint of this ledger')
  })
})
