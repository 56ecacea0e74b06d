import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly help: string; readonly nodes: readonly { readonly html: string }[] }[]
}

/** What a button that was busy said to screen readers stays behind for some seconds; it is React Aria's, and empties itself. */
const SCOPE = '{ exclude: [["[data-live-announcer]"]] }'

/** What axe finds wrong with a page as it is, each with the elements that it is about. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  if (await page.evaluate<boolean>('!("axe" in globalThis)')) await page.evaluate(AXE)
  const { violations } = await page.evaluate<AxeResult>(`axe.run(${SCOPE}, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } })`)
  return violations.map(({ id, help, nodes }) => `${id}, ${help}: ${nodes.map(({ html }) => html).join('\n')}`)
}
