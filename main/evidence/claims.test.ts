import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Coverage } from '../../shared/contract/index.ts'
import { evidenceKinds } from '../../shared/graph/pipeline.ts'
import { openTestWorkplace, RESOURCES, tellStory, type StoryOptions } from './test-workplace.ts'

/** Each would be the beginning of many citations. */
const WHOLES = ['Art', 'Art.', 'Annex IV', 'Annex VIII Section A', 'Annex XI Section 1', 'NIST', 'NIST AI 600-1', 'NIST AI 600-1 Section 2', 'GOVERN', 'MAP 1', 'MEASURE 2.']

/** The coverage of a story, once for each: nobody changes it. */
const told = new Map<string, ReturnType<typeof tellCoverage>>()

function coverageOf(options: StoryOptions = {}): ReturnType<typeof tellCoverage> {
  const name = JSON.stringify(options)
  const coverage = told.get(name) ?? tellCoverage(options)
  told.set(name, coverage)
  return coverage
}

async function tellCoverage(options: StoryOptions): Promise<Coverage & { row: (id: string) => Coverage['rows'][number]; entries: Record<string, number> }> {
  const workplace = await openTestWorkplace()
  const { version, entries } = await tellStory(workplace, options)
  const coverage = await workplace.evidence.coverage(version)
  const row = (id: string) => {
    const found = coverage.rows.find(({ obligation }) => obligation === id)
    if (!found) throw new Error(`there is no row ${id}`)
    return found
  }
  return { ...coverage, row, entries }
}

function assessableIds(framework: string): string[] {
  const file = JSON.parse(readFileSync(join(RESOURCES, 'frameworks', `${framework}.json`), 'utf8')) as Record<string, { id: string; assessable: boolean }[]>
  return (file.obligations ?? file.items ?? []).filter(({ assessable }) => assessable).map(({ id }) => id)
}

describe('coverage', () => {
  it.each([{}, { annexIII: '' }, { annexIII: 'none' }, { roles: ['deployer' as const] }, { annexIII: '1(a)', roles: ['provider' as const, 'deployer' as const] }, { approved: false }])(
    'has every assessable row of every framework once, in order, with a text: %o',
    async (options) => {
      const { rows } = await coverageOf(options)
      for (const framework of ['eu-ai-act', 'nist-ai-rmf']) {
        expect(rows.filter((row) => row.framework === framework).map((row) => row.obligation)).toEqual(assessableIds(framework))
      }
      expect(rows.filter(({ text }) => text.trim() === '')).toEqual([])
    },
  )

  it('rests each supported and each partial row on facts, and names what is missing elsewhere', async () => {
    const { rows } = await coverageOf()
    for (const { status, facts, missing, obligation } of rows) {
      if (status === 'supported') expect({ obligation, missing }).toEqual({ obligation, missing: [] })
      if (status === 'supported' || status === 'partial') expect(facts.length, obligation).toBeGreaterThan(0)
      if (status === 'partial' || status === 'missing') expect(missing.length, obligation).toBeGreaterThan(0)
    }
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['supported', 'partial', 'missing', 'not-applicable', 'not-yet']))
  })

  it('never calls anything compliant', async () => {
    const { rows } = await coverageOf()
    for (const { text } of rows) expect(text).not.toMatch(/complian|conform/i)
  })

  it('says of each EU row from when it applies, and calls no later row a breach', async () => {
    const { rows, row } = await coverageOf()
    expect(rows.filter(({ framework, appliesFrom }) => framework === 'eu-ai-act' && appliesFrom === null)).toEqual([])
    expect(row('EUAIA-Art9-1')).toMatchObject({ appliesFrom: '2027-12-02', chapter: 'Art. 9' })
    expect(row('EUAIA-Art9-1').text).toContain('applies from 2027-12-02')
    expect(row('EUAIA-Art4-1').text).not.toContain('applies from')
  })

  it('proves that thresholds came before the test, by the order of entries', async () => {
    const { row, entries } = await coverageOf()
    const claim = row('EUAIA-Art9-8')
    expect(claim.status).toBe('supported')
    expect(claim.text).toContain(`recorded in entry ${entries.run}, before the test in entry ${entries.tested}: auc at least 0.7 for staging, measured 0.8125`)
    expect(claim.facts.map(({ entry, value }) => [entry, value])).toEqual(expect.arrayContaining([[entries.run, '0.7'], [entries.tested, '0.8125']]))
  })

  it('says of a threshold the figure that the request was judged by, and none where several bear its name', async () => {
    const judged = await coverageOf()
    expect(judged.row('EUAIA-Art9-8').text).toContain(`measured 0.8125 in entry ${judged.entries.tested}, by which the request in entry ${judged.entries.requested} was judged`)
    expect(judged.row('EUAIA-Art9-8').facts.map(({ entry, value }) => [entry, value])).toContainEqual([judged.entries.requested, '0.8125'])
    const later = await coverageOf({ holdout: { auc: '0.55' } })
    expect(later.row('EUAIA-Art9-8').text).toContain(`measured 0.8125 in entry ${later.entries.tested}, by which the request`)
    const unasked = await coverageOf({ holdout: { auc: '0.55' }, approved: false })
    expect(unasked.row('EUAIA-Art9-8').text).toContain(`auc at least 0.7 for staging, measured more than once under that name (entries ${unasked.entries.tested}, ${unasked.entries.holdout})`)
    const shadow = await coverageOf({ holdout: { 'train.auc': '0.99' } })
    expect(shadow.row('EUAIA-Art9-8').text).toContain('measured 0.8125')
  })

  it('takes no threshold from a run that fixed two gates for the model', async () => {
    const claim = (await coverageOf({ decoy: '0.95' })).row('EUAIA-Art9-8')
    expect(claim.missing).toContain('run-params-metrics')
    expect(claim.text).not.toContain('0.95')
  })

  it('does not support prior thresholds where none were set', async () => {
    const claim = (await coverageOf({ thresholds: false })).row('EUAIA-Art9-8')
    expect(claim).toMatchObject({ status: 'partial', missing: ['run-params-metrics'] })
    expect(claim.text).toContain('No threshold was recorded beforehand.')
  })

  it('states the disparate impact that the fairness report gives, met or not', async () => {
    const claim = (await coverageOf()).row('EUAIA-Art10-2-f')
    expect(claim.status).toBe('supported')
    expect(claim.text).toContain('sex 0.8731 (female against male, four-fifths rule met); age_band 0.61 (18-25 against 45-60, four-fifths rule not met)')
  })

  it('has no row supported by an approval that was never given', async () => {
    const { rows } = await coverageOf({ approved: false })
    expect(rows.flatMap(({ facts }) => facts).filter(({ text }) => text.includes('approved promotion'))).toEqual([])
    expect(rows.find(({ obligation }) => obligation === 'AIRMF-MANAGE-1.1')?.text).toContain('Nobody has decided on this version.')
  })

  it.each([
    ['nothing that it does not name', [], []],
    ['the row that it names', ['Art. 18(1)(d)'], ['Art. 18(1)(d)']],
    ['all rows below what it names, and not those of another number that begins alike', ['Art. 1', 'Art. 18(1)'], ['a', 'b', 'c', 'd', 'e'].map((point) => `Art. 18(1)(${point})`)],
    ['nothing by the name of a framework, an annex, a section or a function', WHOLES, []],
    ['no row that stands beside the one that it names', ['Art. 9(5)(c)'], ['Art. 9(5)(c)']],
  ])('rests on a policy document for %s', async (_, policy, expected) => {
    const { rows } = await coverageOf({ policy })
    const resting = rows.filter(({ facts }) => facts.some(({ text }) => text.includes('policy.md as policy-document')))
    expect(resting.map(({ citation }) => citation)).toEqual(expected)
    const without = await coverageOf()
    const changed = rows.filter(({ status }, index) => status !== without.rows[index]?.status)
    expect(expected).toEqual(expect.arrayContaining(changed.map(({ citation }) => citation)))
  })

  it('tells a citation that names rows from one that names a whole', async () => {
    const { evidence } = await openTestWorkplace()
    const rows = ['Art. 10', 'Art. 10(2)(f)', 'Art. 15(4), second subparagraph', 'Annex IV(2)', 'Annex VIII Section A(1)', 'Annex XI Section 1(1)', 'MAP 1.3', 'MEASURE 2.10', 'NIST AI 600-1 Section 2.1']
    expect([...rows, ...WHOLES].filter((citation) => evidence.knowsObligation(citation))).toEqual(rows)
  })

  it('counts no file as what the ledger records, what a step of ours reports, or what only use gives rise to', async () => {
    const [{ rows }, released] = await Promise.all([coverageOf({ files: evidenceKinds }), coverageOf({ files: evidenceKinds, inUse: evidenceKinds })])
    const counting = (all: Coverage['rows'], folder: string) => {
      const texts = new Set(all.flatMap(({ facts }) => facts.map(({ text }) => text)))
      return evidenceKinds.filter((kind) => [...texts].some((text) => text.includes(`left ${folder}/${kind} `)))
    }
    const always = ['model-card', 'risk-register', 'test-report', 'robustness-test', 'human-oversight-record', 'cost-energy-record']
    expect(counting(rows, 'before')).toEqual(always)
    expect(counting(released.rows, 'before')).toEqual(always)
    expect(counting(released.rows, 'after')).toEqual(evidenceKinds.filter((kind) => always.includes(kind) || ['deployment-record', 'prediction-log', 'drift-report', 'incident'].includes(kind)))
  })

  it('no longer waits for use once the version is in production', async () => {
    const [bare, logged] = await Promise.all([coverageOf({ inUse: [] }), coverageOf({ inUse: ['prediction-log', 'incident'] })])
    expect(bare.row('EUAIA-Art73-2').status).toBe('missing')
    expect(logged.row('EUAIA-Art73-2').facts.map(({ text }) => text)).toEqual([expect.stringContaining('after/incident')])
  })

  it('waits for the system in use where only that can be evidence', async () => {
    const { row } = await coverageOf()
    expect(row('EUAIA-Art12-1')).toMatchObject({ status: 'not-yet', facts: [] })
    expect(row('EUAIA-Art73-2').status).toBe('not-yet')
    expect(row('EUAIA-Art72-1').status).toBe('missing')
  })
})

describe('a row does not apply, and says why,', () => {
  it.each([
    ['to a provider of a system when it is addressed to deployers', {}, 'EUAIA-Art26-1', 'addressed to a deployer'],
    ['to whoever provides no general-purpose model', {}, 'EUAIA-Art53-1-a', 'general-purpose AI model'],
    ['to a product that is none of Annex I', {}, 'EUAIA-Art11-2', 'Annex I Section A product'],
    ['to a system without biometrics', {}, 'EUAIA-Art12-3', 'point 5(b)'],
    ['to a system that is stated not to be high-risk', { annexIII: 'none' }, 'EUAIA-Art10-1', 'no point of Annex III names this one'],
    ['when no derogation is relied on', {}, 'EUAIA-AnxVIII-B-1', 'Art. 6(3)'],
    ['to a system that generates nothing', {}, 'AI600-1-1', 'generative'],
  ])('%s', async (_, options, id, reason) => {
    const { status, text } = (await coverageOf(options)).row(id)
    expect(status).toBe('not-applicable')
    expect(text).toContain(reason)
  })

  it.each([
    ['the impact assessment of a deployer under point 5(b)', { roles: ['deployer' as const] }, 'EUAIA-Art27-1'],
    ['logs of remote biometric identification', { annexIII: '1(a)' }, 'EUAIA-Art12-3'],
    ['literacy, high-risk or not', { annexIII: 'none' }, 'EUAIA-Art4-1'],
  ])('but applies where it should: %s', async (_, options, id) => {
    expect((await coverageOf(options)).row(id).status).not.toBe('not-applicable')
  })

  it('never because nobody has classified the system: whatever one of Annex III owes is open, and what is recorded does not settle it', async () => {
    const [unclassified, classified] = await Promise.all([coverageOf({ annexIII: '' }), coverageOf()])
    const waiting = unclassified.rows.filter(({ text }) => text.includes('nobody has classified this one yet'))
    expect(waiting.length).toBeGreaterThan(100)
    expect(waiting.filter(({ status }) => status === 'supported' || status === 'not-applicable')).toEqual([])
    const applying = classified.rows.filter(({ status }) => status !== 'not-applicable').map(({ obligation }) => obligation)
    expect(applying.filter((obligation) => unclassified.row(obligation).status === 'not-applicable')).toEqual([])
  })

  it('and stays open where the project cannot tell', async () => {
    const { status, text } = (await coverageOf()).row('EUAIA-Art17-4')
    const { rows } = await coverageOf()
    expect(rows.filter((row) => row.status === 'supported' && row.text.includes('does not record whether'))).toEqual([])
    expect(status).toBe('missing')
    expect(text).toContain('financial institution. The project does not record whether that is so.')
  })
})
