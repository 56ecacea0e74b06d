import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findingsAfter, findingsOf, findingsOfStory, judge, judgeFiles, next } from './testing/agreement.ts'
import { at, bytesAt, cast, editJson, editList, entryOf, inFolder, inZip, pack, story, storyWith, type Members } from './testing/mjs-workbench.ts'
import {
  jcs,
  MEASURED,
  METRICS_FILE,
  proofFile,
  RUN_GATES,
  sha256,
  signBag,
  signCheckpoint,
  signManifest,
  sortFiles,
  zipFiles,
  type Files,
  type Json,
  type Step,
} from './testing/pack-builder.ts'

// The files of a pack and their form: what the two verifiers once read in two ways, each settled in docs/pack-format.md.

describe('the project of a pack', () => {
  const changed = (project: string, name = 'Films'): Step => {
    return { name: 'description', by: cast.engineer, action: 'project.changed', detail: () => ({ project, name, intendedPurpose: 'Scoring', roles: ['provider'], annexIII: '5(b)' }) }
  }
  const wrong = ['format-invalid data/pack.json']

  it('is described as the last entry about it describes it', async () => {
    const edits: Members[] = [{ name: 'Films' }, { intendedPurpose: '' }, { roles: ['deployer'] }, { roles: ['provider', 'deployer'] }, { roles: [] }, { annexIII: 'none' }, { id: 'films' }]
    for (const edit of edits) {
      const found = await findingsAfter(editJson('data/pack.json', (scope) => Object.assign(scope.project as Members, edit)))
      expect(found, jcs(edit)).toEqual(wrong)
    }
    expect(await findingsOfStory([...story, changed('credit')])).toEqual(wrong)
    expect(await findingsOfStory([...story, changed('another')])).toEqual([])
    expect(await findingsOfStory([...story, changed('credit'), changed('credit', 'Credit')])).toEqual([])
  })

  it('is described by an entry in the pack, or it is left undecided where one was set aside', async () => {
    expect(await findingsOfStory(story.filter(({ name }) => name !== 'project'))).toEqual(wrong)
    expect(await findingsOfStory(storyWith('project', { detail: () => ({ project: 'credit' }) }))).toEqual(wrong)
    for (const name of ['project', 'later']) {
      const files = pack({ steps: [...story, { ...changed('credit'), name: 'later' }] })
      const path = name === 'project' ? entryOf('project') : next
      files.set(path, Buffer.concat([bytesAt(files, path), Buffer.from(' ')]))
      expect(await findingsOf(files), name).toEqual([`digest-mismatch ${path}`])
    }
  })
})

describe('dates and times', () => {
  const dates = { '2026-02-30': false, '2025-02-29': false, '2024-02-29': true, '2026-13-01': false, '2026-11-31': false, '0000-01-01': false, '0001-01-01': true, tomorrow: false, '': false, '2026-11-23 ': false, '20261123': false, '٢٠٢٦-11-23': false }

  it('exist', async () => {
    for (const [date, isOne] of Object.entries(dates)) {
      expect(await findingsAfter(editJson('data/pack.json', (scope) => (scope.asOf = date))), date).toEqual(isOne ? [] : ['format-invalid data/pack.json'])
      const bagged = pack()
      bagged.set('bag-info.txt', Buffer.from(bytesAt(bagged, 'bag-info.txt').toString().replace('2026-11-23', date)))
      signBag(bagged, cast.admin)
      expect(await findingsOf(bagged), date).toEqual(isOne ? [] : ['bag-invalid bag-info.txt'])
    }
    const times = { '2026-02-30T00:00:00Z': false, '2026-11-23T24:00:00Z': false, '2026-11-23T23:59:60Z': false, '2026-11-23T23:59:59Z': true, '2026-11-23T09:00:00.Z': false, '2026-11-23T09:00:00.000000001Z': true, '2026-11-23T09:00:00+00:00': false, 'T09:00:00Z': false }
    for (const [time, isOne] of Object.entries(times)) {
      expect(await findingsAfter(editJson('data/pack.json', (scope) => (scope.created = time))), time).toEqual(isOne ? [] : ['format-invalid data/pack.json'])
      expect(await findingsOfStory(storyWith('stage', { payload: { time } })), time).toEqual(isOne ? [] : [`entry-invalid ${entryOf('stage')}`])
    }
  })
})

describe('the scope', () => {
  const scopeWith = (edit: (scope: Members) => unknown) => findingsAfter(editJson('data/pack.json', edit))
  const invalid = ['format-invalid data/pack.json']

  it('is about the model file that was registered, by its version', async () => {
    expect(await scopeWith(({ model }) => ((model as Members).artifact = '0'.repeat(64)))).toEqual(invalid)
    expect(await scopeWith(({ model }) => ((model as Members).version = 2))).toEqual(invalid)
    expect(await scopeWith(({ model }) => ((model as Members).version = '1'))).toContain(invalid[0])
    expect(await scopeWith(({ project }) => ((project as Members).id = 'another'))).toEqual(invalid)
  })

  it('names frameworks by what can be the name of their file', async () => {
    for (const id of ['a/b', '', 'a b', 'x'.repeat(190)]) {
      expect(await scopeWith((scope) => Object.assign(at(scope.frameworks as Members[], 0), { id, file: `data/frameworks/${id}.json` })), id).toContain(invalid[0])
    }
  })
})

describe('files', () => {
  it('that are empty folders in place of a required one are unlisted, and folders with something in them make it missing', async () => {
    const folder = inFolder(pack())
    rmSync(join(folder, 'README.txt'))
    mkdirSync(join(folder, 'README.txt'))
    expect(await findingsOf(folder)).toEqual(['file-unlisted README.txt'])
    writeFileSync(join(folder, 'README.txt', 'x'), 'x')
    expect(await findingsOf(folder)).toEqual(['file-missing README.txt', 'file-unlisted README.txt/x'])
  })

  it('in a folder with a name that no pack has are not looked at', async () => {
    const folder = inFolder(pack())
    mkdirSync(join(folder, 'data/o dd'))
    writeFileSync(join(folder, 'data/o dd/x'), 'x')
    mkdirSync(Buffer.from(`${folder}/\u00ff`, 'latin1'))
    expect(await findingsOf(folder)).toEqual(['path-invalid data/o dd', 'path-invalid \ufffd'])
  })

  it('that are links in place of a proof are no missing ones', async () => {
    const folder = inFolder(pack())
    rmSync(join(folder, proofFile(1)))
    symlinkSync('00000002.tlog-proof', join(folder, proofFile(1)))
    expect(await findingsOf(folder)).toEqual([`path-invalid ${proofFile(1)}`])
  })

  it('count where they belong to the pack: damaged ones do, and others do not', async () => {
    const all = (await judgeFiles(pack())).counts as { files: number; entries: number }
    const countsOf = async (files: Files) => (await judgeFiles(files)).counts
    expect(await countsOf(pack().set('data/strange.txt', Buffer.from('x')).set(entryOf('session'), Buffer.from('x')))).toEqual(all)
    expect(await countsOf(pack().set(entryOf('run'), Buffer.from('x')))).toEqual(all)
    const missing = pack()
    missing.delete(entryOf('run'))
    expect(await countsOf(missing)).toEqual({ ...all, files: all.files - 1, entries: all.entries - 1 })
    expect(await countsOf(pack({ edit: (files) => files.set('data/frameworks/more.json', Buffer.from('{}')) }))).toEqual(all)
  })

  it('that no manifest lists are found once, and count for nothing', async () => {
    expect(await findingsOf(pack().set(entryOf('session'), Buffer.from('x')))).toEqual([`file-unlisted ${entryOf('session')}`])
    const files = pack()
    const lines = bytesAt(files, 'manifest-sha256.txt').toString().split('\n')
    files.set('manifest-sha256.txt', Buffer.from(lines.filter((line) => !line.endsWith(entryOf('run'))).join('\n')))
    signBag(files, cast.admin)
    expect(await findingsOf(files)).toEqual(['bag-invalid bag-info.txt', `file-unlisted ${entryOf('run')}`, 'omissions-invalid data/omissions.json'])
  })

  it('are not held against a manifest that is none', async () => {
    const files = pack()
    files.set('README.txt', Buffer.from('another'))
    files.set('tagmanifest-sha256.txt', Buffer.from(`${bytesAt(files, 'tagmanifest-sha256.txt').toString()}x`))
    signManifest(files, cast.admin)
    expect(await findingsOf(files)).toEqual(['bag-invalid tagmanifest-sha256.txt'])
  })

  it('have a bag-info.txt whose values say something, in any script', async () => {
    const edits: Record<string, boolean> = { 'Source-Organization: \ufeffA\u200b\u00a0': true, 'Source-Organization:  ': true, 'Source-Organization: ': false, 'Source-Organization:x': false, 'Source-Organization: a\u0085': false, 'Source-Organization: a\tb': false, 'Source-Organization: a\u2028b: c': true }
    for (const [line, isOne] of Object.entries(edits)) {
      const files = pack()
      files.set('bag-info.txt', Buffer.from(bytesAt(files, 'bag-info.txt').toString().replace('Source-Organization: Test', line)))
      signBag(files, cast.admin)
      expect(await findingsOf(files), JSON.stringify(line)).toEqual(isOne ? [] : ['bag-invalid bag-info.txt'])
    }
  })
})

describe('the checkpoint', () => {
  const cosigned = (name: string) => (files: Files) => {
    const old = bytesAt(files, 'data/checkpoint.txt').toString()
    const note = signCheckpoint(cast.log, old.slice(0, old.indexOf('\n\n') + 1), `— ${name} ${Buffer.alloc(68, 7).toString('base64')}\n`)
    for (const [path, bytes] of files) if (path.endsWith('.tlog-proof')) files.set(path, Buffer.from(bytes.toString().replace(old, () => note)))
    files.set('data/checkpoint.txt', Buffer.from(note))
  }

  it('has signature lines of whoever has a name that a key can have', async () => {
    expect(await findingsAfter(cosigned('witness\u200b.example/é'))).toEqual([])
    for (const name of ['wit\ufeffness', 'wit\u0085ness', 'wit+ness', 'wit\u3000ness', '']) expect(await findingsAfter(cosigned(name)), JSON.stringify(name)).toEqual(['checkpoint-invalid data/checkpoint.txt'])
  })
})

describe('JSON', () => {
  const ofDepth = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as Json

  it('nests at most 64 arrays and objects', async () => {
    // In the payload of an entry there are two around it.
    for (const [depth, isOne] of [[62, true], [63, false]] as const) {
      const steps = storyWith('run', { detail: () => ({ run: 'r-1', project: 'credit', gates: RUN_GATES, deep: ofDepth(depth) }) })
      expect((await findingsOfStory(steps))?.includes(`entry-invalid ${entryOf('run')}`)).toBe(!isOne)
    }
  })

  it('of a document states numbers as doubles, and no integer beyond 2^53 - 1', async () => {
    const factAbout = async (number: string, value: Json) => {
      const document = Buffer.from(`{"accuracy": ${number}}`)
      const steps = storyWith('trained', { detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, metrics: MEASURED, out: sha256(document) }) })
      const edit = (files: Files) => {
        files.delete(METRICS_FILE)
        files.set(`data/documents/${sha256(document)}/metrics.json`, document)
        editList('data/facts.json', (facts) => facts.splice(2, facts.length, { ...at(facts, 2), document: sha256(document), value }))(files)
      }
      return findingsAfter(edit, { steps })
    }
    const stated: [string, Json, boolean][] = [
      ['1200.0', 1200, true], ['12e2', 1200, true], ['1200.0', '1200', false], ['-0', 0, true], ['-0.0', 0, true], ['1e-7', '1e-7', true], ['0.0000001', '1e-7', true],
      ['9007199254740991', 9007199254740991, true], ['9007199254740991.0', 9007199254740991, true], ['9007199254740992', '9007199254740992', false], ['1e21', '1e+21', false], ['1e21', '1e21', false],
      [`0.${'3'.repeat(2000)}`, '0.3333333333333333', true], ['4.350', '4.35', true], ['true', 'true', true], ['true', true, false], ['null', 'null', false], ['1e999', 'Infinity', false], ['123456789012345.678', '123456789012345.67', true],
    ]
    for (const [number, value, isOne] of stated) {
      const findings = await factAbout(number, value)
      expect(findings?.length === 0, `${number.slice(0, 30)} as ${jcs(value)}: ${findings?.join()}`).toBe(isOne)
    }
  })

  it('of a document names a member once, however it is spelt', async () => {
    const texts: [string, boolean][] = [
      ['{"accuracy": 0.91, "a": {"accuracy": 1}}', true], ['{"accuracy": 0.91, "acc\\u0075racy": 0.91}', false], ['{"accuracy": 0.91, "a": "\\"b\\": 1"}', true], ['{"accuracy":\t0.91 ,\r\n"__proto__" : 1}', true],
      ['{"accuracy": 0.91, "__proto__": 1, "__proto__": 2}', false], ['{"a\\\\": 1, "accuracy": 0.91}', true], ['{"accuracy": 0.91, "\\ud800": 1}', false],
    ]
    for (const [text, isOne] of texts) {
      const document = Buffer.from(text)
      const steps = storyWith('trained', { detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, metrics: MEASURED, out: sha256(document) }) })
      const edit = (files: Files) => {
        files.delete(METRICS_FILE)
        files.set(`data/documents/${sha256(document)}/metrics.json`, document)
        editList('data/facts.json', (facts) => facts.splice(2, facts.length, { ...at(facts, 2), document: sha256(document) }))(files)
      }
      expect(await findingsAfter(edit, { steps }), text).toEqual(isOne ? [] : ['fact-invalid data/facts.json'])
    }
  })
})

describe('a zip', () => {
  it('is read by its directory, which lies after all contents', async () => {
    const zip = zipFiles(sortFiles(pack()))
    const directory = zip.readUInt32LE(zip.length - 6)
    const beyond = Buffer.from(zip)
    beyond.writeUInt32LE(directory - 10, directory + 42)
    expect(await findingsOf(inZip(beyond))).toHaveLength(1)
    const comment = Buffer.from(zip)
    comment.writeUInt16LE(0xffff, directory + 32)
    expect(await findingsOf(inZip(comment))).toHaveLength(1)
  })

  it('holds at most 65,535 files', { timeout: 180_000 }, async () => {
    const many = (count: number) => zipFiles(Array.from({ length: count }, (_, i): [string, Buffer] => [`f${String(i).padStart(6, '0')}`, Buffer.alloc(0)]), { count: count % 65_536 })
    expect((await judge(inZip(many(65_535)))).counts).toMatchObject({ files: 0 })
    expect((await judge(inZip(many(65_536)))).counts).toMatchObject({ files: null })
  })
})
