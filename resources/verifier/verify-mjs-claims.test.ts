import { describe, expect, it } from 'vitest'
import {
  at,
  bytesAt,
  cast,
  editJson,
  editList,
  entryOf,
  findingsAfter,
  findingsOf,
  inFolder,
  pack,
  seqOf,
  storyWith,
  type Members,
} from './testing/mjs-workbench.ts'
import { jcs, MEASURED, METRICS_FILE, ORIGIN, RUN_GATES, sealEnvelope, sha256, type Files } from './testing/pack-builder.ts'

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
      const steps = storyWith('trained', { detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, metrics: MEASURED, out: sha256(document) }) })
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
      (text) => text.replace('"treeSize":14', '"treeSize":14.0'),
      (text) => text.replace('"treeSize":14', '"treeSize":9007199254740993'),
      (text) => text.replace('"treeSize":14', '"treeSize":1e400'),
      (text) => text.replace('"treeSize":14', '"treeSize":-0'),
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
      return Buffer.from(`${before.slice(0, -1)},"detail":{"gates":${jcs(RUN_GATES)},"odd":${odd},"run":"r-1"},${after.slice(1)}`)
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
