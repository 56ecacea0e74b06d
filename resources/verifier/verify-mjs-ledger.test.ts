import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  at,
  bytesAt,
  cast,
  ED25519_ORDER,
  editJson,
  editList,
  entryOf,
  findingsAfter,
  findingsOf,
  inFolder,
  pack,
  seqOf,
  story,
  storyMoved,
  storyWith,
  type Members,
} from './testing/mjs-workbench.ts'
import {
  entryFile,
  jcs,
  nameKey,
  newKey,
  ORIGIN,
  proofFile,
  readJson,
  signCheckpoint,
  type Files,
  type PackPlan,
  type Step,
  type TestKey,
} from './testing/pack-builder.ts'

describe('an entry', () => {
  const findingsOfStory = (steps: readonly Step[]) => findingsOf(inFolder(pack({ steps })))

  it('has the form of the format, the origin of the pack, its own position and its signer as actor', () => {
    const payloads: Members[] = [
      ...[{ v: 2 }, { more: 1 }, { seen: { size: 1 } }, { detail: [] }, { commitments: { name: 'x' } }, { subject: [{ name: 'x' }] }],
      ...[{ origin: 'another' }, { seq: 7 }, { seq: '6' }, { actor: cast.admin.name }, { time: 1 }, { action: 'ledger.created' }],
      ...[{ detail: { run: 'r-1', huge: 2 ** 53 } }, { time: '2026-02-30T00:00:00Z' }, { time: '2026-11-23 09:00' }, { seen: { size: 7, root: Buffer.alloc(32).toString('base64') } }, { seen: { size: 1, root: 'AAAA' } }],
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
      omitted((value) => (value.included = 13)),
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
      omitted((value, ranges) => (value.included = 11, ranges.unshift({ from: 0, to: 0, reason: 'not-in-scope' })))(files)
    }
    expect(findingsAfter(edit)).toContain('omissions-invalid data/omissions.json')
  })
})
