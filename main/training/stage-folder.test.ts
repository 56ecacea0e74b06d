import { expect, it } from 'vitest'
import { stageFolder } from './stage-folder.ts'

it('keeps the names that every file system takes, and makes others such names, each its own', () => {
  expect(['train', 'train@uk', 'größe_1-b', 'train@a-b+c', 'train@0.1'].map(stageFolder)).toEqual(['train', 'train@uk', 'größe_1-b', 'train@a-b+c', 'train@0.1'])
  const odd = ['train@1.', 'train@a/b', 'train@a\\b', 'train@..', 'train@a:b', 'train@', 'train@ ', 'train@a b', `train@${'x'.repeat(190)}`, `train@${'ö'.repeat(190)}`]
  const folders = odd.map(stageFolder)
  expect(new Set(folders).size).toBe(odd.length)
  for (const folder of folders) {
    expect(folder).toMatch(/^[\p{L}\p{N}_@+-]+(~[0-9a-f]{16})?$/u)
    expect(Buffer.byteLength(folder)).toBeLessThan(255)
  }
})
