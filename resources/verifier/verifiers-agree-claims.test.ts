import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findingsAfter, findingsOfStory, judgeFiles } from './testing/agreement.ts'
import { at, bytesAt, cast, editJson, editList, pack, seqOf, story } from './testing/mjs-workbench.ts'
import { entryFile, jcs, sha256, writeTables, type Files, type Step } from './testing/pack-builder.ts'

// What a pack claims: what the two verifiers once read in two ways, each settled in docs/pack-format.md.

describe('the facts', () => {
  it('are sorted by their numbers', async () => {
    const ids = (...wanted: string[]) => editList('data/facts.json', (facts) => facts.splice(0, facts.length, ...wanted.map((id) => ({ ...at(facts, 1), id }))))
    const claimed = (...wanted: string[]) => (files: Files) => {
      ids(...wanted)(files)
      editList('data/claims.json', (claims) => (at(claims, 0).facts = wanted.slice(0, 1)))(files)
    }
    expect(await findingsAfter(claimed('F9998', 'F9999', 'F10000'))).toEqual([])
    expect(await findingsAfter(claimed('F10000', 'F9999'))).toEqual(['fact-invalid data/facts.json'])
    for (const id of ['F00001', 'F1234567890', 'F001', 'F00٣1']) expect(await findingsAfter(claimed(id))).toContain('format-invalid data/facts.json')
  })
})

describe('the claims', () => {
  it('give a reason that is more than spaces where a row does not apply', async () => {
    for (const [text, isOne] of [['', false], ['   ', false], ['\t', true], ['\ufeff', true], ['\u200b', true]] as const) {
      const edit = editList('data/claims.json', (claims) => Object.assign(at(claims, 1), { status: 'not-applicable', missing: [], text }))
      expect(await findingsAfter(edit), JSON.stringify(text)).toEqual(isOne ? [] : ['claim-invalid data/claims.json'])
    }
  })

  it('are held to their form where pack.json cannot be read', async () => {
    const edit = (files: Files) => {
      editList('data/claims.json', (claims) => (at(claims, 0).status = 'met'))(files)
      editJson('data/pack.json', (scope) => (scope.more = 1))(files)
    }
    expect(await findingsAfter(edit)).toEqual(['claim-invalid data/claims.json', 'format-invalid data/pack.json'])
  })
})

describe('the tables', () => {
  it('say what claims and facts say, and nothing else', async () => {
    const both = ['table-invalid data/gaps.csv', 'table-invalid data/traceability.csv']
    for (const path of ['data/gaps.csv', 'data/traceability.csv']) {
      const edits: ((text: string) => string)[] = [(text) => text.replace('missing', 'supported'), (text) => text.replaceAll('\r\n', '\n'), (text) => text.slice(0, text.lastIndexOf('\r\n', text.length - 3) + 2), (text) => `${text}act,A-9,,,,,,\r\n`, () => '']
      for (const change of edits) {
        const edit = (files: Files) => {
          writeTables(files)
          files.set(path, Buffer.from(change(bytesAt(files, path).toString())))
        }
        expect(await findingsAfter(edit), `${path} ${change.toString()}`).toEqual([`table-invalid ${path}`])
      }
    }
    const reworded = (files: Files) => {
      writeTables(files)
      editList('data/claims.json', (claims) => Object.assign(at(claims, 1), { status: 'not-yet' }))(files)
    }
    expect(await findingsAfter(reworded)).toEqual(both)
  })

  it('mark formulas, quote what a table needs quoted, and leave numbers alone', async () => {
    for (const text of ['=1+1', ' @x', '\t-1', '-0.5', '-1e-7', '-1.', '+1', 'a,"b"\r\nc', '\u00a0=1', '\u2028=1', '1,5', '\v=1']) {
      expect(await findingsAfter(editList('data/claims.json', (claims) => (at(claims, 1).text = text))), JSON.stringify(text)).toEqual([])
    }
  })

  it('are not judged where what they come from has a finding', async () => {
    const edit = (files: Files) => {
      for (const path of ['data/gaps.csv', 'data/traceability.csv']) files.set(path, Buffer.from('x'))
      editList('data/claims.json', (claims) => (at(claims, 0).status = 'met'))(files)
    }
    expect(await findingsAfter(edit)).toEqual(['claim-invalid data/claims.json'])
  })
})

describe('what is proved', () => {
  const shipped = ['eu-ai-act', 'nist-ai-rmf'].map((id) => {
    const bytes = readFileSync(new URL(`../frameworks/${id}.json`, import.meta.url))
    return { id, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
  })
  const withFrameworks = (frameworks: readonly { id: string; bytes: Buffer }[]) => (files: Files) => {
    files.delete('data/frameworks/act.json')
    for (const { id, bytes } of frameworks) files.set(`data/frameworks/${id}.json`, bytes)
    editJson('data/pack.json', (scope) => (scope.frameworks = frameworks.map(({ id, bytes }) => ({ id, title: id, file: `data/frameworks/${id}.json`, sha256: sha256(bytes) }))))(files)
    const claims = frameworks.flatMap(({ id, bytes }) => {
      const { obligations, items } = JSON.parse(bytes.toString()) as { [list: string]: { id: string; assessable: boolean }[] }
      const rows = (obligations ?? items ?? []).filter(({ assessable }) => assessable)
      return rows.map((row) => ({ framework: id, obligation: row.id, status: 'missing', text: '', facts: [], missing: ['x'], appliesFrom: null }))
    })
    files.set('data/claims.json', Buffer.from(jcs(claims)))
  }

  it('includes that the frameworks are those of this release, where they are all of them and unaltered', async () => {
    const { proved, notProved } = await judgeFiles(pack({ edit: withFrameworks(shipped) }))
    expect(proved).toContain('frameworks-as-shipped')
    expect(notProved).not.toContain('frameworks-as-shipped')
    const [act, rmf] = shipped
    if (act === undefined || rmf === undefined) throw new Error('a framework is missing')
    const trimmed = { ...rmf, bytes: Buffer.from('{"items": [{"id": "GOVERN 1.1", "assessable": true}]}') }
    for (const others of [[act], [rmf], [act, trimmed], [...shipped, { id: 'third', bytes: trimmed.bytes }], []]) {
      const { ok, proved: provedOfOthers, notProved: notProvedOfOthers } = await judgeFiles(pack({ edit: withFrameworks(others) }))
      expect({ ok, isProved: provedOfOthers?.includes('frameworks-as-shipped'), isNot: notProvedOfOthers?.includes('frameworks-as-shipped') }).toEqual({ ok: true, isProved: false, isNot: true })
    }
  })

  it('names the release of the product', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
    for (const name of ['verify.mjs', 'verify.py']) {
      const program = readFileSync(new URL(name, import.meta.url), 'utf8')
      expect(/^(?:const )?RELEASE = '(.+)'$/m.exec(program)?.[1], name).toBe(version)
      for (const framework of shipped) expect(program.includes(framework.sha256), `${name}: the digest of ${framework.id}`).toBe(true)
    }
  })

  it('does not include that no key ended: an exporter can leave that entry out, and nobody can see it', async () => {
    const demoted: Step = { name: 'demoted', by: cast.admin, action: 'person.roles.changed', detail: () => ({ person: 'p-approver', roles: ['auditor'] }) }
    const steps = (omitted?: string) => story.flatMap((step) => (step.name === 'approved' ? [omitted === undefined ? demoted : { ...demoted, omitted }, step] : [step]))
    expect(await findingsOfStory(steps())).toEqual([`authority-invalid ${entryFile(seqOf('approved') + 1)}`, `order-invalid ${entryFile(seqOf('changed') + 1)}`])
    const { ok, notProved } = await judgeFiles(pack({ steps: steps('not-in-scope') }))
    expect({ ok, notProved }).toMatchObject({ ok: true, notProved: expect.arrayContaining(['keys-complete', 'exporter-words']) as unknown })
  })
})
