import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import {
  bag,
  buildPack,
  entryFile,
  honestStory,
  jcs,
  METRICS,
  METRICS_FILE,
  nameKey,
  newCast,
  newKey,
  ORIGIN,
  proofFile,
  readJson,
  sealEnvelope,
  setJson,
  sha256,
  signBag,
  signCheckpoint,
  signManifest,
  sortFiles,
  writeFolder,
  zipFiles,
  type Files,
  type Json,
  type PackPlan,
  type Step,
  type TestKey,
} from './testing/pack-builder.ts'

interface Report {
  readonly ok: boolean
  readonly findings: readonly { readonly code: string; readonly file: string; readonly message: string }[]
  readonly proved: readonly string[]
  readonly notProved: readonly string[]
  readonly [member: string]: unknown
}

const PROGRAM = fileURLToPath(new URL('verify.mjs', import.meta.url))
// Imported by address, as what travels in a pack has no declarations beside it.
const { verifyPack } = (await import(pathToFileURL(PROGRAM).href)) as { verifyPack: (path: string, options?: { key?: string }) => Report }

const work = mkdtempSync(join(tmpdir(), 'verify-mjs-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const cast = newCast()
const story = honestStory(cast)
const seqOf = (name: string) => story.findIndex((step) => step.name === name)
const entryOf = (name: string) => entryFile(seqOf(name))

type Members = Record<string, Json>

let folders = 0
function inFolder(files: Files): string {
  const folder = join(work, `pack-${folders++}`)
  writeFolder(files, folder)
  return folder
}

function inZip(bytes: Buffer): string {
  const file = join(work, `pack-${folders++}.zip`)
  writeFileSync(file, bytes)
  return file
}

function pack(plan: Partial<PackPlan> = {}): Files {
  return buildPack({ cast, steps: story, ...plan })
}

/** `code file` of each finding. */
function findingsOf(path: string, options?: { key?: string }): string[] {
  return verifyPack(path, options).findings.map(({ code, file }) => `${code} ${file}`)
}

/** The findings of a pack whose payload was changed before it was bagged and signed by somebody who may. */
function findingsAfter(edit: (files: Files) => void): string[] {
  return findingsOf(inFolder(pack({ edit })))
}

/** The story with one step changed; a step that is moved stands `before` another. */
function storyWith(name: string, changes: Partial<Step>): Step[] {
  return story.map((step) => (step.name === name ? { ...step, ...changes } : step))
}

function storyMoved(name: string, before: string): Step[] {
  const moved = story.filter((step) => step.name === name)
  return story.flatMap((step) => (step.name === name ? [] : step.name === before ? [...moved, step] : [step]))
}

function editJson(path: string, change: (value: Members) => void): (files: Files) => void {
  return (files) => {
    const value = readJson(files, path) as Members
    change(value)
    setJson(files, path, value)
  }
}

function editList(path: string, change: (values: Members[]) => void): (files: Files) => void {
  return editJson(path, change as unknown as (value: Members) => void)
}

function at(values: readonly Members[], index: number): Members {
  const value = values[index]
  if (value === undefined) throw new Error(`there is no ${index}`)
  return value
}

function bytesAt(files: Files, path: string): Buffer {
  const bytes = files.get(path)
  if (bytes === undefined) throw new Error(`${path} is not in the pack`)
  return bytes
}

describe('an honest pack', () => {
  it('has no findings as a folder, and says what it proved and what no pack can prove', () => {
    const report = verifyPack(inFolder(pack()))
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({
      ok: true,
      pack: 'pack-1',
      origin: ORIGIN,
      treeSize: story.length,
      logKey: cast.log.verifierKey,
      exporter: cast.admin.name,
      counts: { files: 41, entries: 11, proofs: 11, facts: 7, claims: 2, documents: 1 },
      claims: { act: { supported: 1, partial: 0, missing: 1, 'not-applicable': 0, 'not-yet': 0 } },
    })
    expect(report.proved).toEqual([
      ...['bytes-unaltered', 'exporter-signed', 'entries-signed-by-known-keys', 'entries-in-tree', 'omissions-counted'],
      ...['four-eyes', 'order-of-facts', 'facts-match-entries', 'claims-cover-frameworks'],
    ])
    expect(report.notProved).toEqual(['facts-true', 'nothing-unrecorded', 'single-history', 'times', 'compliance', 'log-key-owner'])
  })

  it('has the same report as a zip', () => {
    const files = pack()
    expect(verifyPack(inZip(zipFiles(sortFiles(files))))).toEqual(verifyPack(inFolder(files)))
  })

  it('proves whose ledger it is when the pinned key is its log key', () => {
    const report = verifyPack(inFolder(pack()), { key: cast.log.verifierKey })
    expect(report.proved).toContain('log-key-pinned')
    expect(report.notProved).not.toContain('log-key-owner')
  })

  it('is refused when another key is pinned', () => {
    expect(findingsOf(inFolder(pack()), { key: newKey(ORIGIN).verifierKey })).toEqual(['key-not-pinned data/checkpoint.txt'])
  })

  it('may carry the signatures of witnesses on its checkpoint', () => {
    const witness = `— witness.example/w ${Buffer.alloc(76, 7).toString('base64')}\n`.repeat(20)
    const edit = (files: Files) => {
      const old = bytesAt(files, 'data/checkpoint.txt').toString()
      const cosigned = signCheckpoint(cast.log, old.slice(0, old.indexOf('\n\n') + 1), witness)
      for (const [path, bytes] of files) {
        if (path.endsWith('.tlog-proof')) files.set(path, Buffer.from(bytes.toString().replace(old, () => cosigned)))
      }
      files.set('data/checkpoint.txt', Buffer.from(cosigned))
    }
    expect(findingsAfter(edit)).toEqual([])
  })
})

describe('a pack with a byte changed', () => {
  // All bytes of all files take minutes; a prime stride and both ends of every file reach each kind of place in each of them.
  const stride = process.env.EVERY_BYTE === '1' ? 1 : 97
  const limit = process.env.EVERY_BYTE === '1' ? 3_600_000 : 120_000

  it('has a finding that names the file, whichever file and wherever in it', { timeout: limit }, () => {
    const files = pack()
    const folder = inFolder(files)
    const unnamed: string[] = []
    for (const [path, bytes] of files) {
      for (let i = 0; i < bytes.length; i = i + stride < bytes.length || i === bytes.length - 1 ? i + stride : bytes.length - 1) {
        const flipped = Buffer.from(bytes)
        flipped[i] = (flipped[i] ?? 0) ^ 1
        writeFileSync(join(folder, path), flipped)
        const { ok, findings } = verifyPack(folder)
        if (ok || !findings.some(({ file }) => file === path)) unnamed.push(`${path} at ${i}: ${jcs(findings as unknown as Json)}`)
      }
      writeFileSync(join(folder, path), bytes)
    }
    expect(unnamed).toEqual([])
    expect(verifyPack(folder).ok).toBe(true)
  })

  it('has no other finding than that, where the file is listed in the payload manifest', () => {
    const files = pack()
    for (const path of [...files.keys()].filter((each) => each.startsWith('data/'))) {
      const flipped = Buffer.from(bytesAt(files, path))
      flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1
      expect(findingsOf(inFolder(new Map([...files, [path, flipped]])))).toEqual([`digest-mismatch ${path}`])
    }
  })

  it('is refused as a zip, which has no free byte', { timeout: limit }, () => {
    const zip = zipFiles(sortFiles(pack()))
    const file = inZip(zip)
    const accepted: number[] = []
    // The whole of the last headers, and a part of everything before.
    for (let i = 0; i < zip.length; i += i > zip.length - 200 ? 1 : stride) {
      const flipped = Buffer.from(zip)
      flipped[i] = (flipped[i] ?? 0) ^ 1
      writeFileSync(file, flipped)
      if (!findingsOf(file).includes(`container-altered ${basename(file)}`)) accepted.push(i)
    }
    expect(accepted).toEqual([])
  })
})

describe('the files of a pack', () => {
  it('may not be joined by others, listed or not', () => {
    const files = pack()
    expect(findingsOf(inFolder(new Map([...files, ['data/more.csv', Buffer.from('x')]])))).toEqual(['file-unlisted data/more.csv'])
    expect(findingsOf(inFolder(new Map([...files, ['NOTES', Buffer.from('x')]])))).toEqual(['file-unlisted NOTES'])
    expect(findingsAfter((payload) => payload.set('data/more.csv', Buffer.from('x')))).toEqual(['file-unlisted data/more.csv'])
    const hidden = `data/documents/${sha256(METRICS)}/other.json`
    expect(findingsOf(inFolder(new Map([...files, [hidden, METRICS]])))).toEqual([`file-unlisted ${hidden}`])
  })

  it('must all be there', () => {
    for (const path of ['README.txt', 'data/gaps.csv', 'data/facts.json', 'signature.dsse.json', 'bagit.txt']) {
      const files = pack()
      files.delete(path)
      expect(findingsOf(inFolder(files))).toEqual([`file-missing ${path}`])
      if (path === 'signature.dsse.json') continue
      bag(files, cast.admin)
      if (path === 'bagit.txt') files.delete(path)
      signBag(files, cast.admin)
      if (path !== 'README.txt') expect(findingsOf(inFolder(files))).toEqual([`file-missing ${path}`])
    }
  })

  it('may not be links, empty folders or of names outside the format', () => {
    const folder = inFolder(pack())
    rmSync(join(folder, 'README.txt'))
    symlinkSync(PROGRAM, join(folder, 'README.txt'))
    mkdirSync(join(folder, 'data/empty'))
    writeFileSync(join(folder, 'data/gаps.csv'), 'a Cyrillic letter in its name')
    writeFileSync(join(folder, 'data/a b'), '')
    expect(findingsOf(folder)).toEqual([
      ...['path-invalid README.txt', 'path-invalid data/a b', 'file-unlisted data/empty', 'path-invalid data/gаps.csv'],
    ])
  })

  it('are listed in manifests that are sorted and complete, in one form', () => {
    const edits: Record<string, (manifest: string) => string> = {
      reversed: (manifest) => `${manifest.trim().split('\n').reverse().join('\n')}\n`,
      'without its last newline': (manifest) => manifest.slice(0, -1),
      'with a line twice': (manifest) => manifest.replace(/^.*\n/, (line) => line + line),
      'with capitals': (manifest) => manifest.toUpperCase(),
      'with a path out of the pack': (manifest) => `${manifest}${'0'.repeat(64)}  data/../../x\n`,
    }
    for (const [name, edit] of Object.entries(edits)) {
      for (const path of ['manifest-sha256.txt', 'tagmanifest-sha256.txt']) {
        const files = pack()
        files.set(path, Buffer.from(edit(bytesAt(files, path).toString())))
        if (path === 'manifest-sha256.txt') signBag(files, cast.admin)
        else signManifest(files, cast.admin)
        expect(findingsOf(inFolder(files)), name).toEqual([`bag-invalid ${path}`])
      }
    }
  })

  it('are counted in bag-info.txt, whose lines are the five of the format', () => {
    const edits = [['Oxum: ', 'Oxum: 1'], ['Bagging-Date: 2026', 'Bagging-Date: 26'], ['Source-Organization: Test\n', '']]
    for (const [from = '', to = ''] of edits) {
      const files = pack()
      files.set('bag-info.txt', Buffer.from(bytesAt(files, 'bag-info.txt').toString().replace(from, to)))
      signBag(files, cast.admin)
      expect(findingsOf(inFolder(files))).toEqual(['bag-invalid bag-info.txt'])
    }
    const files = pack()
    files.set('bagit.txt', Buffer.from('BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n'))
    signBag(files, cast.admin)
    expect(findingsOf(inFolder(files))).toEqual(['bag-invalid bagit.txt'])
  })
})

describe('the exporter’s signature', () => {
  it('is refused from a key that the ledger does not know, and from one that it no longer knows', () => {
    expect(findingsOf(inFolder(pack({ exporter: cast.stranger })))).toEqual(['pack-signature-invalid signature.dsse.json'])
    const steps = [...story, { name: 'left', by: cast.admin, action: 'person.deactivated', detail: () => ({ person: 'p-approver' }) }]
    expect(findingsOf(inFolder(pack({ steps })))).toEqual([])
    expect(findingsOf(inFolder(pack({ steps, exporter: cast.approver })))).toEqual(['pack-signature-invalid signature.dsse.json'])
  })

  it('is refused from somebody else than pack.json names', () => {
    const files = pack()
    bag(files, cast.engineer)
    expect(findingsOf(inFolder(files))).toEqual(['pack-signature-invalid signature.dsse.json'])
  })

  it('is refused under another statement', () => {
    const statements: Record<string, Json>[] = [
      { predicate: { origin: ORIGIN, statement: '', treeSize: 1 } },
      { predicate: { origin: 'another', statement: '', treeSize: story.length } },
      { _type: 'https://in-toto.io/Statement/v0.1' },
      { subject: [] },
      { more: 1 },
    ]
    for (const statement of statements) {
      const files = pack()
      signManifest(files, cast.admin, statement)
      expect(findingsOf(inFolder(files))).toEqual(['pack-signature-invalid signature.dsse.json'])
    }
  })

  it('names the tag manifest that was changed under it', () => {
    const files = pack()
    files.set('README.txt', Buffer.from('Another.\n'))
    const altered = bytesAt(files, 'tagmanifest-sha256.txt').toString().replace(/[0-9a-f]{64}(?= {2}README)/, sha256(Buffer.from('Another.\n')))
    files.set('tagmanifest-sha256.txt', Buffer.from(altered))
    expect(findingsOf(inFolder(files))).toEqual(['pack-signature-invalid signature.dsse.json', 'digest-mismatch tagmanifest-sha256.txt'])
  })
})

describe('an entry', () => {
  const findingsOfStory = (steps: readonly Step[]) => findingsOf(inFolder(pack({ steps })))

  it('has the form of the format, the origin of the pack, its own position and its signer as actor', () => {
    const payloads: Members[] = [
      ...[{ v: 2 }, { more: 1 }, { seen: { size: 1 } }, { detail: [] }, { commitments: { name: 'x' } }, { subject: [{ name: 'x' }] }],
      ...[{ origin: 'another' }, { seq: 6 }, { seq: '5' }, { actor: cast.admin.name }, { time: 1 }, { action: 'ledger.created' }],
      ...[{ detail: { run: 'r-1', huge: 2 ** 53 } }, { time: '2026-02-30T00:00:00Z' }, { time: '2026-11-23 09:00' }, { seen: { size: 6, root: Buffer.alloc(32).toString('base64') } }, { seen: { size: 1, root: 'AAAA' } }],
    ]
    for (const payload of payloads) {
      expect(findingsOfStory(storyWith('run', { payload })), jcs(payload)).toContain(`entry-invalid ${entryOf('run')}`)
    }
  })

  it('is an envelope in canonical form with one signature and no byte more', () => {
    const tampers: ((leaf: string) => string)[] = [
      (leaf) => `${leaf}\n`,
      (leaf) => ` ${leaf}`,
      (leaf) => leaf.replace('{', '{"payload":"AAAA",'),
      (leaf) => leaf.replace('"payloadType"', '"\\u0070ayloadType"'),
      (leaf) => leaf.replace(/"signatures":\[(.*)\]/, '"signatures":[$1,$1]'),
      (leaf) => leaf.replace('"sig":"', '"sig":"='),
      (leaf) => leaf.replace(/"sig":"[^"]+"/, '"sig":"AAAA"'),
      (leaf) => leaf.replace('strongroom.entry+json', 'strongroom.other+json'),
      (leaf) => leaf.replace('"payload":"', '"payload":"\ud800'),
      () => '['.repeat(100_000),
      () => '',
    ]
    for (const tamper of tampers) {
      const steps = storyWith('stage', { tamper: (leaf) => Buffer.from(tamper(leaf.toString())) })
      expect(findingsOfStory(steps)).toEqual([`entry-invalid ${entryOf('stage')}`])
    }
    const invalidUtf8 = storyWith('stage', { tamper: (leaf) => Buffer.concat([leaf.subarray(0, 20), Buffer.of(0xff), leaf.subarray(21)]) })
    expect(findingsOfStory(invalidUtf8)).toEqual([`entry-invalid ${entryOf('stage')}`])
  })

  it('is signed by a key that the ledger knows at that position', () => {
    expect(findingsOfStory(storyWith('stage', { by: cast.stranger }))).toEqual([`key-unknown ${entryOf('stage')}`])
    const early = storyMoved('session', 'engineer').map((step) => (step.name === 'session' ? { ...step, omitted: undefined } : step))
    expect(findingsOfStory(early as Step[])).toContain(`key-unknown ${entryFile(2)}`)
    const gone = { name: 'gone', by: cast.admin, action: 'person.deactivated', detail: () => ({ person: 'p-approver' }) }
    const steps = story.flatMap((step) => (step.name === 'approved' ? [gone, step] : [step]))
    expect(findingsOfStory(steps)).toEqual([`key-unknown ${entryFile(seqOf('approved') + 1)}`, `order-invalid ${entryFile(seqOf('changed') + 1)}`])
  })

  it('is refused with the signature of another entry, or one whose S is not reduced', () => {
    const addOrder = (sig: string) => {
      const bytes = Buffer.from(sig, 'base64')
      const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + ED25519_ORDER
      return Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()]).toString('base64')
    }
    const tampers: ((sig: string) => string)[] = [(sig) => sig.replace(/^..../, 'AAAA'), addOrder, () => Buffer.alloc(64).toString('base64')]
    for (const tamper of tampers) {
      const steps = storyWith('stage', {
        tamper: (leaf) => Buffer.from(leaf.toString().replace(/"sig":"([^"]+)"/, (_, sig: string) => `"sig":"${tamper(sig)}"`)),
      })
      expect(findingsOfStory(steps)).toEqual([`signature-invalid ${entryOf('stage')}`])
    }
  })

  it('cannot introduce a key that is malformed or of another name', () => {
    const person = { person: 'p-approver', roles: ['approver'] }
    const keys = [
      cast.stranger.verifierKey,
      cast.approver.verifierKey.replace(/\+[0-9a-f]{8}\+/, '+00000000+'),
      `${cast.approver.verifierKey}=`,
      'x',
      nameKey(cast.approver.name, Buffer.from(`04${'11'.repeat(32)}`, 'hex')).verifierKey,
    ]
    for (const key of keys) {
      expect(findingsOfStory(storyWith('approver', { detail: () => ({ ...person, key }) })), key).toContain(`entry-invalid ${entryOf('approver')}`)
    }
  })
})

describe('the keyring', () => {
  it('never takes a signature of a key that anybody can sign for', () => {
    // The neutral point as public key: whoever knows any s with R = sB has a signature of every message, which OpenSSL 3.0 takes and 3.5 does not.
    const weak = nameKey(cast.approver.name, Buffer.from(`0101${'00'.repeat(31)}`, 'hex'))
    const seed = cast.stranger.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
    const scalar = createHash('sha512').update(seed).digest().subarray(0, 32)
    scalar[0] = (scalar[0] ?? 0) & 0xf8
    scalar[31] = ((scalar[31] ?? 0) & 0x7f) | 0x40
    const s = (BigInt(`0x${scalar.reverse().toString('hex')}`) % ED25519_ORDER).toString(16).padStart(64, '0')
    const r = Buffer.from(cast.stranger.verifierKey.split('+').slice(2).join('+'), 'base64').subarray(1)
    const forged = Buffer.concat([r, Buffer.from(s, 'hex').reverse()])
    const steps = storyWith('approver', { detail: () => ({ person: 'p-approver', roles: ['approver'], key: weak.verifierKey }) }).map((step) =>
      step.name !== 'approved'
        ? step
        : {
            ...step,
            by: { ...cast.approver, ...weak },
            tamper: (leaf: Buffer) => Buffer.from(leaf.toString().replace(/"sig":"[^"]+"/, `"sig":"${forged.toString('base64')}"`)),
          },
    )
    expect(findingsOf(inFolder(pack({ steps })))).toEqual([`signature-invalid ${entryOf('approved')}`, `order-invalid ${entryOf('changed')}`])
  })

  it('takes no public key under a second name', () => {
    const reuse = (key: TestKey) => {
      const typed = Buffer.from(key.verifierKey.split('+').slice(2).join('+'), 'base64')
      const { verifierKey } = nameKey(`${ORIGIN}/person/p-second`, typed)
      return { name: 'second', by: cast.admin, action: 'person.enrolled', detail: () => ({ person: 'p-second', roles: ['approver'], key: verifierKey }) }
    }
    for (const key of [cast.engineer, cast.orchestrator, cast.log]) {
      expect(findingsOf(inFolder(pack({ steps: [...story, reuse(key)] })))).toEqual([`authority-invalid ${entryFile(story.length)}`])
    }
  })

  const findingsOfStory = (steps: readonly Step[]) => findingsOf(inFolder(pack({ steps })))

  it('takes a later enrolment from nobody but an administrator', () => {
    for (const by of [cast.orchestrator, cast.engineer]) {
      expect(findingsOfStory(storyWith('approver', { by }))).toContain(`authority-invalid ${entryOf('approver')}`)
    }
    expect(findingsOfStory(storyWith('approver', { by: cast.engineer }))).toContain(`key-unknown ${entryOf('approved')}`)
  })

  it('takes the first enrolment from nobody but the orchestrator', () => {
    expect(findingsOfStory(storyWith('admin', { by: cast.admin }))).toContain(`key-unknown ${entryOf('admin')}`)
  })

  it('takes no second enrolment of a person, and no change to one who is not enrolled', () => {
    const again = { name: 'again', by: cast.admin, action: 'person.enrolled', detail: () => ({ person: 'p-engineer', roles: [], key: newKey(cast.engineer.name).verifierKey }) }
    const nobody = { name: 'nobody', by: cast.admin, action: 'person.roles.changed', detail: () => ({ person: 'p-nobody', roles: ['approver'] }) }
    for (const step of [again, nobody]) expect(findingsOfStory([...story, step])).toEqual([`authority-invalid ${entryFile(story.length)}`])
  })

  it('lets roles change from the next entry on', () => {
    const demoted = { name: 'demoted', by: cast.admin, action: 'person.roles.changed', detail: () => ({ person: 'p-approver', roles: ['auditor'] }) }
    const before = story.flatMap((step) => (step.name === 'approved' ? [demoted, step] : [step]))
    expect(findingsOfStory(before)).toEqual([`authority-invalid ${entryFile(seqOf('approved') + 1)}`, `order-invalid ${entryFile(seqOf('changed') + 1)}`])
    const after = story.flatMap((step) => (step.name === 'approved' ? [step, demoted] : [step]))
    expect(findingsOfStory(after)).toEqual([])
  })
})

describe('a decision on a promotion', () => {
  const findingsWith = (changes: Partial<Step>) => findingsOf(inFolder(pack({ steps: storyWith('approved', changes), edit: withoutApproverFact })))
  // The fact that names the approver would differ too; these tests are about the entry.
  const withoutApproverFact = (files: Files) => {
    editList('data/facts.json', (facts) => (at(facts, 1).pointer = '/action', at(facts, 1).value = 'model.promotion.approved'))(files)
  }
  const version = { project: 'credit', model: 'scorer', version: 1 }
  // Such a decision decides nothing, so that the change which follows it has no approval.
  const undecided = [`authority-invalid ${entryOf('approved')}`, `order-invalid ${entryOf('changed')}`]

  it('is not the author’s to make, approver or not', () => {
    expect(findingsWith({ by: cast.engineer })).toEqual(undecided)
  })

  it('is not made by somebody without the role', () => {
    expect(findingsWith({ by: cast.admin })).toEqual(undecided)
    expect(findingsWith({ by: cast.orchestrator })).toEqual(undecided)
  })

  it('names an earlier request for the same version and stage', () => {
    const details: Members[] = [
      { ...version, to: 'staging' },
      { ...version, to: 'staging', request: seqOf('run') },
      { ...version, to: 'staging', request: seqOf('changed') },
      { ...version, to: 'production', request: seqOf('requested') },
    ]
    for (const detail of details) {
      expect(findingsWith({ detail: () => detail }), jcs(detail)).toContain(`authority-invalid ${entryOf('approved')}`)
    }
  })

  it('concerns a version that was registered before it', () => {
    const findings = findingsWith({ detail: (seq) => ({ ...version, version: 2, to: 'staging', request: seq('requested') }) })
    expect(findings).toEqual(undecided)
  })

  it('is held against the author even when it is a rejection', () => {
    const steps = [...story, { name: 'no', by: cast.engineer, action: 'model.promotion.rejected', detail: () => ({ ...version, to: 'staging', request: seqOf('requested') }) }]
    expect(findingsOf(inFolder(pack({ steps })))).toEqual([`authority-invalid ${entryFile(story.length)}`])
  })
})

describe('an entry whose file was damaged', () => {
  it('leaves undecided what could have stood in it, and no contradiction', () => {
    const damaged = (plan: Partial<PackPlan>, name: string) => {
      const files = pack(plan)
      files.set(entryOf(name), Buffer.from('damaged'))
      return findingsOf(inFolder(files))
    }
    for (const { name, omitted } of story) {
      if (omitted === undefined) expect(damaged({}, name)).toEqual([`digest-mismatch ${entryOf(name)}`])
    }
    const byAuthor = storyWith('approved', { by: cast.engineer })
    expect(damaged({ steps: byAuthor }, 'run')).toContain(`authority-invalid ${entryOf('approved')}`)
  })

  it('is treated like one that is listed and missing', () => {
    const files = pack()
    files.delete(entryOf('approver'))
    const findings = findingsOf(inFolder(files))
    expect(findings).toContain(`file-missing ${entryOf('approver')}`)
    expect(findings.filter((finding) => /key-unknown|authority|order/.test(finding))).toEqual([])
  })
})

describe('the order of entries', () => {
  it('puts the start of a run before its stages', () => {
    expect(findingsOf(inFolder(pack({ steps: storyMoved('stage', 'run') })))).toEqual([`order-invalid ${entryOf('run')}`])
    const foreign = storyWith('stage', { detail: () => ({ run: 'r-2', stage: 'train' }) })
    expect(findingsOf(inFolder(pack({ steps: foreign })))).toEqual([`order-invalid ${entryOf('stage')}`])
  })

  it('puts the approval of that stage before the change', () => {
    expect(findingsOf(inFolder(pack({ steps: storyMoved('changed', 'approved') })))).toEqual([`order-invalid ${entryOf('approved')}`])
    const further = storyWith('changed', { detail: () => ({ project: 'credit', model: 'scorer', version: 1, to: 'production' }) })
    expect(findingsOf(inFolder(pack({ steps: further })))).toEqual([`order-invalid ${entryOf('changed')}`])
  })
})

describe('the checkpoint and the proofs', () => {
  const checkpoint = (size: number, root: string, key = cast.log, origin = ORIGIN) => (files: Files) =>
    void files.set('data/checkpoint.txt', Buffer.from(signCheckpoint(key, `${origin}\n${size}\n${root}\n`)))
  const scope = readJson(pack(), 'data/pack.json') as { tree: { size: number; root: string } }

  it('are of the tree that pack.json names, signed by the log key', () => {
    const { size, root } = scope.tree
    const otherRoot = Buffer.alloc(32, 1).toString('base64')
    const edits = [checkpoint(size + 1, root), checkpoint(size, otherRoot), checkpoint(size, root, newKey(ORIGIN)), checkpoint(size, root, cast.admin)]
    for (const edit of [...edits, checkpoint(size, root, cast.log, 'another')]) expect(findingsAfter(edit)).toContain('checkpoint-invalid data/checkpoint.txt')
    for (const [from, to] of [['\n', '\r\n'], ['\n\n', '\nextension\n\n'], [`\n${size}\n`, `\n0${size}\n`], ['— ', '- ']] as const) {
      const edit = (files: Files) => void files.set('data/checkpoint.txt', Buffer.from(bytesAt(files, 'data/checkpoint.txt').toString().replace(from, to)))
      expect(findingsAfter(edit)).toContain('checkpoint-invalid data/checkpoint.txt')
    }
  })

  it('are of one history: every proof ends in that checkpoint and is of its own entry', () => {
    const swapped = (files: Files) => {
      const first = bytesAt(files, proofFile(1))
      files.set(proofFile(1), bytesAt(files, proofFile(2)))
      files.set(proofFile(2), first)
    }
    expect(findingsAfter(swapped)).toEqual([`proof-invalid ${proofFile(1)}`, `proof-invalid ${proofFile(2)}`])
    const edits: ((proof: string) => string)[] = [
      (proof) => proof.replace('@v1', '@v2'),
      (proof) => proof.replace('index 1', 'index 01'),
      (proof) => proof.replace('\n\n', `\n${Buffer.alloc(32).toString('base64')}\n\n`),
      (proof) => proof.replace(/(index 1\n)[^\n]+\n/, '$1'),
      (proof) => `${proof}\n`,
      (proof) => proof.replace('index 1', 'extra A\nindex 1'),
    ]
    for (const edit of edits) {
      const changed = (files: Files) => void files.set(proofFile(1), Buffer.from(edit(bytesAt(files, proofFile(1)).toString())))
      expect(findingsAfter(changed)).toEqual([`proof-invalid ${proofFile(1)}`])
    }
    const annotated = (files: Files) => void files.set(proofFile(1), Buffer.from(bytesAt(files, proofFile(1)).toString().replace('index 1', 'extra AAAA\nindex 1')))
    expect(findingsAfter(annotated)).toEqual([])
  })

  it('come one for each entry', () => {
    expect(findingsAfter((files) => files.delete(proofFile(1)))).toEqual([`file-missing ${proofFile(1)}`])
    expect(findingsAfter((files) => files.set(proofFile(4), bytesAt(files, proofFile(5))))).toEqual([`proof-invalid ${proofFile(4)}`])
  })

  it('expose an entry whose signer signed it anew', () => {
    const other = pack({ steps: storyWith('stage', { detail: () => ({ run: 'r-1', stage: 'other' }) }) })
    expect(findingsAfter((files) => files.set(entryOf('stage'), bytesAt(other, entryOf('stage'))))).toEqual([`proof-invalid ${proofFile(seqOf('stage'))}`])
  })
})

describe('the entries left out', () => {
  const omitted = (change: (value: Members, ranges: Members[]) => void) => editJson('data/omissions.json', (value) => change(value, value.omitted as Members[]))

  it('are accounted for, each once and for a reason of the list', () => {
    const edits = [
      omitted((_, ranges) => (at(ranges, 0).reason = 'because')),
      omitted((_, ranges) => (at(ranges, 0).from = 3)),
      omitted((_, ranges) => (at(ranges, 0).to = 3)),
      omitted((_, ranges) => ranges.reverse()),
      omitted((_, ranges) => ranges.pop()),
      omitted((value) => (value.treeSize = story.length + 1)),
      omitted((value) => (value.included = 12)),
    ]
    for (const edit of edits) expect(findingsAfter(edit)).toEqual(['omissions-invalid data/omissions.json'])
    expect(findingsAfter(omitted((value) => (value.more = 1)))).toEqual(['format-invalid data/omissions.json'])
  })

  it('cannot be hidden: an entry taken out of the pack is missed', () => {
    const edit = (files: Files) => [entryOf('requested'), proofFile(seqOf('requested'))].forEach((path) => files.delete(path))
    expect(findingsAfter(edit)).toEqual([
      ...[`authority-invalid ${entryOf('approved')}`, `order-invalid ${entryOf('changed')}`, 'omissions-invalid data/omissions.json'],
    ])
  })

  it('never include entry 0', () => {
    const edit = (files: Files) => {
      ;[entryFile(0), proofFile(0)].forEach((path) => files.delete(path))
      omitted((value, ranges) => (value.included = 10, ranges.unshift({ from: 0, to: 0, reason: 'not-in-scope' })))(files)
    }
    expect(findingsAfter(edit)).toContain('omissions-invalid data/omissions.json')
  })
})

describe('the facts', () => {
  const fact = (index: number, change: (fact: Members) => void) => editList('data/facts.json', (facts) => change(at(facts, index)))

  it('say what their entry or their document says', () => {
    const edits = [
      fact(0, (each) => (each.value = 1201)),
      fact(0, (each) => (each.value = '1200')),
      fact(0, (each) => (each.pointer = '/detail')),
      fact(0, (each) => (each.pointer = '/detail/nothing')),
      fact(0, (each) => (each.pointer = 'detail/durationMs')),
      fact(0, (each) => (each.pointer = '/detail/outs/00/path')),
      fact(0, (each) => (each.pointer = '/__proto__')),
      fact(0, (each) => (each.entry = 99)),
      fact(0, (each) => (each.entry = seqOf('session'))),
      fact(2, (each) => (each.value = '0.92')),
      fact(2, (each) => (each.entry = seqOf('run'))),
      fact(2, (each) => (each.document = sha256(Buffer.from('another')))),
      fact(3, (each) => (each.value = '0.00000015')),
      fact(4, (each) => (each.value = 'false')),
      fact(5, (each) => (each.value = '600')),
      editList('data/facts.json', (facts) => facts.reverse()),
    ]
    for (const edit of edits) expect(findingsAfter(edit), edit.toString()).toEqual(['fact-invalid data/facts.json'])
  })

  it('have the members of the format', () => {
    const edits = [fact(0, (each) => delete each.text), fact(0, (each) => (each.more = 1)), fact(0, (each) => (each.value = 0.5)), fact(0, (each) => (each.entry = -1)), fact(0, (each) => (each.id = 'F1'))]
    for (const edit of edits) expect(findingsAfter(edit)).toEqual(['format-invalid data/facts.json'])
  })

  it('cannot point into a document that is not strict JSON', () => {
    const texts = ['{"accuracy": 0.91, "accuracy": 0.91}', 'accuracy,0.91', '{"accuracy": 0.91}}', '\ufeff{"accuracy": 0.91}', '{"a": "\\ud800", "accuracy": 0.91}']
    for (const text of [...texts, `{"deep": ${'['.repeat(70)}${']'.repeat(70)}, "accuracy": 0.91}`, '{"a": 1e999, "accuracy": 0.91}']) {
      const document = Buffer.from(text)
      const steps = storyWith('trained', { detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, out: sha256(document) }) })
      const edit = (files: Files) => {
        files.delete(METRICS_FILE)
        files.set(`data/documents/${sha256(document)}/metrics.json`, document)
        editList('data/facts.json', (facts) => facts.slice(2).forEach((each) => (each.document = sha256(document))))(files)
      }
      expect(findingsOf(inFolder(pack({ steps, edit }))), text).toEqual(['fact-invalid data/facts.json'])
    }
  })
})

describe('the documents', () => {
  it('are the ones that entries name', () => {
    const other = Buffer.from('{}')
    const unnamed = `data/documents/${sha256(other)}/other.json`
    expect(findingsAfter((files) => files.set(unnamed, other))).toEqual([`document-unproven ${unnamed}`])
    expect(findingsAfter((files) => files.set(METRICS_FILE, other))).toEqual([`document-unproven ${METRICS_FILE}`, 'fact-invalid data/facts.json'])
  })
})

describe('the claims', () => {
  const claim = (index: number, change: (claim: Members) => void) => editList('data/claims.json', (claims) => change(at(claims, index)))

  it('cover each assessable row, in order, and no other', () => {
    const edits = [
      editList('data/claims.json', (claims) => claims.pop()),
      editList('data/claims.json', (claims) => claims.reverse()),
      editList('data/claims.json', (claims) => claims.push(at(claims, 1))),
      claim(1, (each) => (each.obligation = 'A')),
      claim(1, (each) => (each.framework = 'other')),
    ]
    for (const edit of edits) expect(findingsAfter(edit)).toEqual(['claim-invalid data/claims.json'])
  })

  it('have a status that what they name bears out', () => {
    const edits = [
      claim(0, (each) => (each.status = 'met')),
      claim(0, (each) => (each.facts = [])),
      claim(0, (each) => ((each.status = 'partial'), (each.facts = []))),
      claim(0, (each) => (each.facts = ['F9999'])),
      claim(0, (each) => (each.status = 'missing')),
      claim(1, (each) => (each.status = 'not-applicable')),
    ]
    for (const edit of edits) expect(findingsAfter(edit)).toEqual(['claim-invalid data/claims.json'])
    expect(findingsAfter(claim(0, (each) => (each.facts = 'F0002')))).toEqual(['format-invalid data/claims.json'])
  })

  it('answer to the frameworks that pack.json names by digest', () => {
    const more = '{"obligations": [{"id": "A-1", "assessable": true}, {"id": "A-2", "assessable": true}, {"id": "A-3", "assessable": true}]}'
    const changed = (text: string, named: boolean) => (files: Files) => {
      files.set('data/frameworks/act.json', Buffer.from(text))
      if (named) editJson('data/pack.json', (scope) => (at(scope.frameworks as Members[], 0).sha256 = sha256(Buffer.from(text))))(files)
    }
    expect(findingsAfter(changed(more, false))).toEqual(['format-invalid data/pack.json'].concat('claim-invalid data/claims.json').sort())
    expect(findingsAfter(changed(more, true))).toEqual(['claim-invalid data/claims.json'])
    for (const text of ['{}', '[]', '{"obligations": [], "obligations": []}', '{"items": [{"id": "A-1"}]}']) {
      expect(findingsAfter(changed(text, true))).toEqual(['format-invalid data/frameworks/act.json'])
    }
    expect(findingsAfter((files) => files.set('data/frameworks/more.json', Buffer.from('{}')))).toEqual(['file-unlisted data/frameworks/more.json'])
  })
})

describe('the disclosures', () => {
  it('match the commitments of their entries', () => {
    const changes: Members[] = [{ value: 'Ada Muller' }, { salt: '00' }, { field: 'handle' }, { field: '__proto__' }, { entry: 0 }, { entry: 99 }]
    for (const change of changes) {
      const edit = editList('data/disclosures.json', (disclosures) => Object.assign(at(disclosures, 0), change))
      expect(findingsAfter(edit), jcs(change)).toEqual(['disclosure-invalid data/disclosures.json'])
    }
    for (const salt of ['xy', '0', 'AB']) {
      const edit = editList('data/disclosures.json', (disclosures) => (at(disclosures, 0).salt = salt))
      expect(findingsAfter(edit), salt).toEqual(['format-invalid data/disclosures.json'])
    }
  })
})

describe('the JSON of a pack', () => {
  const OMISSIONS = 'data/omissions.json'

  it('is canonical, with nothing before, between or after', () => {
    const edits: ((text: string) => string)[] = [
      (text) => `${text}\n`,
      (text) => text.replace(':', ': '),
      (text) => text.replace('{', '{"included":11,'),
      (text) => text.replace('"treeSize":13', '"treeSize":13.0'),
      (text) => text.replace('"treeSize":13', '"treeSize":9007199254740993'),
      (text) => text.replace('"treeSize":13', '"treeSize":1e400'),
      (text) => text.replace('"treeSize":13', '"treeSize":-0'),
      (text) => text.replace('treeSize', 'tree\\u0053ize'),
      (text) => `\ufeff${text}`,
      (text) => text.slice(0, -1),
      () => '',
      () => `${'['.repeat(1_000_000)}`,
      () => `${'{"a":'.repeat(1_000_000)}`,
      () => `${'['.repeat(65)}${']'.repeat(65)}`,
    ]
    for (const edit of edits) {
      const changed = (files: Files) => void files.set(OMISSIONS, Buffer.from(edit(bytesAt(files, OMISSIONS).toString())))
      expect(findingsAfter(changed), edit.toString()).toEqual([`format-invalid ${OMISSIONS}`])
    }
  })

  it('has integers only, and strings as RFC 8785 writes them', () => {
    const payloadWith = (odd: string) => {
      const before = jcs({ action: 'run.started', actor: cast.engineer.name, commitments: {} })
      const seen = { size: 0, root: Buffer.alloc(32).toString('base64') }
      const after = jcs({ origin: ORIGIN, seen, seq: seqOf('run'), subject: [], time: '2026-11-23T09:00:00Z', v: 1 })
      return Buffer.from(`${before.slice(0, -1)},"detail":{"odd":${odd},"run":"r-1"},${after.slice(1)}`)
    }
    const findingsWith = (odd: string) => {
      const leaf = sealEnvelope(cast.engineer, 'application/vnd.strongroom.entry+json', payloadWith(odd))
      return findingsOf(inFolder(pack({ steps: storyWith('run', { tamper: () => leaf }) })))
    }
    const string = `"€$\\u000f\\nA'B\\"\\\\\\\\\\"/\u2028"`
    expect(findingsWith(`[-1,0,9007199254740991,${string},{"\ud83d\ude00":1,"\ufb33":2},null,true]`)).toEqual([])
    const refused = ['0.5', '4.50', '1e+30', '1E2', '9007199254740992', '-0', '01', '"\\u20ac"', '"\\/"', '"\\u000A"', '{"\ufb33":2,"\ud83d\ude00":1}', 'NaN']
    for (const odd of refused) expect(findingsWith(odd), odd).toContain(`entry-invalid ${entryOf('run')}`)
  })

  it('names the model file that was registered', () => {
    const edits: ((model: Members) => unknown)[] = [(model) => (model.artifact = sha256(Buffer.from('other'))), (model) => (model.version = 2)]
    for (const edit of edits) {
      expect(findingsAfter(editJson('data/pack.json', ({ model }) => edit(model as Members)))).toEqual(['format-invalid data/pack.json'])
    }
  })

  it('has the members of the format in pack.json', () => {
    const edits: ((scope: Members) => unknown)[] = [
      (scope) => delete scope.asOf,
      (scope) => (scope.asOf = '2026-02-30'),
      (scope) => (scope.format = 'strongroom.dev/evidence-pack/v2'),
      (scope) => (scope.more = 1),
      (scope) => ((scope.model as Members).artifact = 'x'),
      (scope) => ((scope.tree as Members).root = 'AAAA'),
      (scope) => (at(scope.frameworks as Members[], 0).file = 'README.txt'),
      (scope) => (scope.frameworks as Members[]).push(at(scope.frameworks as Members[], 0)),
    ]
    for (const edit of edits) expect(findingsAfter(editJson('data/pack.json', edit)), edit.toString()).toContain('format-invalid data/pack.json')
  })
})

describe('a zip', () => {
  const findingsOfZip = (bytes: Buffer) => {
    const file = inZip(bytes)
    return findingsOf(file).map((finding) => finding.replace(basename(file), 'ZIP'))
  }
  const files = pack()
  const sorted = sortFiles(files)

  it('has no garbage before, after or between, no comment, no other headers', () => {
    const zip = zipFiles(sorted)
    const altered = ['container-altered ZIP']
    expect(findingsOfZip(Buffer.concat([zip, Buffer.from('garbage')]))).toEqual(altered)
    expect(findingsOfZip(zipFiles(sorted, { comment: 'x' }))).toEqual(altered)
    expect(findingsOfZip(zipFiles(sorted, { attributes: 0xa1ff0000 }))).toEqual(altered)
    expect(findingsOfZip(zipFiles(sorted, { time: 1 }))).toEqual(altered)
    expect(findingsOfZip(zipFiles(sorted, { extra: Buffer.from('UT\u0000\u0000') }))).toContain(altered[0])
    expect(findingsOfZip(zipFiles([...sorted].reverse()))).toEqual(altered)
    expect(findingsOfZip(Buffer.concat([Buffer.from('garbage'), zip])).filter((finding) => finding.endsWith('ZIP'))).toEqual(altered)
  })

  it('holds each file once', () => {
    const evil = sorted.flatMap(([path, bytes]): [string, Buffer][] => (path === 'README.txt' ? [[path, bytes], [path, Buffer.from('evil')]] : [[path, bytes]]))
    expect(findingsOfZip(zipFiles(evil))).toEqual(['container-altered ZIP'])
  })

  it('cannot name a file outside the pack', () => {
    for (const path of ['../evil', '/etc/evil', 'data/../../evil', 'data//evil', 'data/', 'C:\\evil', 'data/./evil', `data/${'x'.repeat(200)}`, 'dаta/pack.json']) {
      const zip = zipFiles(sortFiles(new Map([...files, [path, Buffer.from('x')]])))
      expect(findingsOfZip(zip)).toContain(`path-invalid ${path}`)
    }
  })

  it('cannot promise more than it holds', () => {
    const zip = zipFiles(sorted)
    const directory = zip.readUInt32LE(zip.length - 6)
    const claims = [[directory + 24, 0xffffffff], [directory + 42, 0xfffffff0], [zip.length - 6, 0xffffffff], [zip.length - 10, 0xffffffff], [directory + 8, 8]] as const
    for (const [place, value] of claims) {
      const bomb = Buffer.from(zip)
      bomb.writeUInt32LE(value, place)
      expect(findingsOfZip(bomb)).toContain('container-altered ZIP')
    }
    for (const other of [zip.subarray(0, zip.length / 2), Buffer.from('not a zip'), Buffer.alloc(0)]) {
      expect(findingsOfZip(other)).toEqual(['container-altered ZIP'])
    }
  })

  it('names the altered file within it, too', () => {
    const zip = zipFiles(sorted)
    zip[zip.indexOf(METRICS)] = 0x20
    expect(findingsOfZip(zip)).toEqual(['container-altered ZIP', `digest-mismatch ${METRICS_FILE}`].sort((a, b) => (a.includes('ZIP') ? 1 : b.includes('ZIP') ? -1 : 0)))
  })
})

describe('the program', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' })
    return { status, stdout, stderr }
  }

  it('prints what was proved, what was not, and the claims, and exits with 0', () => {
    const { status, stdout, stderr } = run(inFolder(pack()))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^All checks passed\.\n/)
    expect(stdout).toContain('Supported means recorded facts support the row, not that the law is met.')
    expect(stdout.indexOf('\nProved\n')).toBeLessThan(stdout.indexOf('\nNot proved'))
  })

  it('prints its report as one line of canonical JSON', () => {
    const folder = inFolder(pack())
    const { status, stdout } = run(folder, '--json', '--key', cast.log.verifierKey)
    expect(status).toBe(0)
    expect(stdout).toBe(`${jcs(verifyPack(folder, { key: cast.log.verifierKey }) as unknown as Json)}\n`)
  })

  it('prints findings first, with the file of each, and exits with 1', () => {
    const files = pack()
    files.set('README.txt', Buffer.from('Another.\n'))
    const { status, stdout, stderr } = run(inFolder(files))
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toMatch(/^Not verified: 1 finding\.\n\nREADME\.txt\n {2}digest-mismatch: it has the SHA-256/)
  })

  it('shows a pack’s own words without letting them steer the terminal', () => {
    const folder = inFolder(pack())
    writeFileSync(join(folder, 'x\u001b[2Jx\u202e'), '')
    const { stdout } = run(folder)
    expect(stdout).toContain('x\\u{1b}[2Jx\\u{202e}')
    expect(stdout).not.toContain('\u001b')
  })

  it('verifies the folder it stands in when none is given', () => {
    const files = pack()
    const folder = inFolder(files.set('verify.mjs', Buffer.from('')))
    const program = join(folder, 'verify.mjs')
    spawnSync('cp', [PROGRAM, program])
    const { status, stdout } = spawnSync(process.execPath, [program, '--json'], { encoding: 'utf8', cwd: tmpdir() })
    expect(status).toBe(1)
    expect((JSON.parse(stdout) as Report).findings).toMatchObject([{ code: 'digest-mismatch', file: 'verify.mjs' }])
  })

  it('says in one line what is wrong with the arguments or why there is no pack, and exits with 2', () => {
    const calls = [['--nonsense'], ['a', 'b'], ['--key'], [work, '--key', 'x'], [join(work, 'nothing')], ['/dev/null']]
    for (const args of calls) {
      const { status, stdout, stderr } = run(...args)
      expect({ status, stdout }, args.join(' ')).toEqual({ status: 2, stdout: '' })
      expect(stderr).toMatch(/^verify\.mjs: [^\n]+\n$/)
    }
  })

  it('finds everything missing in an empty folder, rather than failing', () => {
    const folder = join(work, 'empty')
    mkdirSync(folder)
    expect(run(folder, '--json').status).toBe(1)
    expect(findingsOf(folder)).toContain('file-missing data/pack.json')
  })
})
