import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation'
import { Version } from '@cyclonedx/cyclonedx-library/Spec'
import { expect, it } from 'vitest'
import { FAIRNESS_REPORT, openTestWorkplace, tellStory } from './test-workplace.ts'

const told = async (purpose?: string) => {
  const workplace = await openTestWorkplace()
  const story = await tellStory(workplace, purpose === undefined ? {} : { purpose })
  return { ...workplace, ...story }
}

it('a card says what entries say, each sentence with its entry, and the same again', async () => {
  const { evidence, version, entries, ledger } = await told()
  const { markdown, html } = await evidence.card(version)
  expect((await evidence.card(version)).markdown).toBe(markdown)
  const lines = markdown.split('\n').filter((line) => line.startsWith('- '))
  for (const line of lines) {
    const [, seq] = /\(entry (\d+)(?:, document [0-9a-f]{8})?\)$/.exec(line) ?? []
    expect(Number(seq), line).toBeLessThan(ledger.size)
  }
  expect(markdown).toContain(`this onnx file of 5 bytes: ${version.artifact}. (entry ${entries.registered})`)
  expect(markdown).toMatch(/Disparate impact for sex, female against male: 0\.8731\. \(entry \d+, document [0-9a-f]{8}\)/)
  expect(JSON.parse(FAIRNESS_REPORT.toString())).toMatchObject({ attributes: [{ comparison: { disparateImpact: 0.8731 } }, {}, {}] })
  expect(markdown).toContain('## Decisions')
  expect(html.match(/<li>/g)).toHaveLength(lines.length)
})

it('a card shows recorded text, and runs none of it', async () => {
  const { evidence, version } = await told('<script>alert(1)</script> [x](http://x) \u202e\n# Approved by nobody')
  const { markdown, html } = await evidence.card(version)
  expect(markdown).toContain('\\<script\\>alert(1)\\</script\\> \\[x\\](http://x) \\[U+202E\\] \\# Approved')
  expect(markdown).not.toMatch(/^# Approved/m)
  expect(html).not.toContain('<script>')
})

it('a bill of materials is one by the schema of CycloneDX 1.6, of the model with its data, its metrics and where it was made', async () => {
  const { evidence, version, entries } = await told()
  const text = await evidence.bom(version)
  expect(await evidence.bom(version)).toBe(text)
  const validator = new JsonStrictValidator(Version.v1dot6)
  expect(await validator.validate(text)).toBeNull()
  expect(await validator.validate(text.replace('machine-learning-model', 'machine-learned-model'))).not.toBeNull()
  const bom = JSON.parse(text) as { metadata: { component: { modelCard: unknown } }; components: { type: string; name: string }[]; dependencies: { dependsOn: string[] }[] }
  expect(bom.metadata.component).toMatchObject({ type: 'machine-learning-model', name: version.model, version: String(version.version), hashes: [{ alg: 'SHA-256', content: version.artifact }] })
  expect(bom.metadata.component).toMatchObject({ properties: expect.arrayContaining([{ name: 'strongroom:entry', value: String(entries.registered) }]) as unknown })
  expect(bom.metadata.component.modelCard).toMatchObject({ considerations: { useCases: ['Scores applicants for a loan.'] }, quantitativeAnalysis: { performanceMetrics: expect.arrayContaining([expect.objectContaining({ type: 'auc', value: '0.8125' })]) as unknown } })
  expect(bom.components.map(({ type }) => type)).toEqual(expect.arrayContaining(['data', 'operating-system']))
  expect(bom.dependencies[0]?.dependsOn).toHaveLength(bom.components.length)
})
