import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lookAt } from './disk.ts'
import { resolveInside } from './paths.ts'

let base: string
let project: string

beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-disk-')))
  project = join(base, 'project')
  for (const folder of ['many/below', 'few', 'outside']) mkdirSync(join(folder === 'outside' ? base : project, folder), { recursive: true })
  for (let index = 0; index < 30; index += 1) writeFileSync(join(project, `many/${index}.csv`), '')
  for (const path of ['few/a', 'many/below/b', '../outside/c']) writeFileSync(join(project, path), '')
  const links: [string, string][] = [['many/in', '../few'], ['many/out', '../../outside'], ['many/nowhere', 'gone'], ['many/loop', 'loop'], ['few/out', '/etc'], ['many/file', '30.csv'], ['many/self', '../..']]
  for (const [path, target] of links) symlinkSync(target, join(project, path))
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

it('finds what following every path by itself finds, in folders that it lists and in those that it does not', async () => {
  const names = ['', '/a', '/b', '/c', '/gone', '/out', '/out/x', '/0.csv', '/0.csv/x', '/below', '/below/b', '/in/a', '/in/out', '/in/gone', '/out/c', '/nowhere', '/nowhere/x', '/loop', '/file', '/self/project/few/a']
  const asked = [...['many', 'few', 'gone', 'many/below'].flatMap((folder) => names.map((name) => folder + name)), ...Array.from({ length: 40 }, (_, index) => `many/${index}.csv`), '.', 'a', '../outside/c']
  const looked = await lookAt(project, asked)
  for (const path of asked) {
    const alone = await resolveInside(project, path)
    expect([path, looked.get(path)]).toEqual([path, alone.ok ? alone.exists : alone])
  }
})
