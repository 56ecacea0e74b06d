import { describe, expect, it } from 'vitest'
import { emptyRoot } from './merkle.ts'
import { formatProofFile, parseProofFile } from './proof-file.ts'

const checkpoint = `log.example\n2\n${emptyRoot.toString('base64')}\n\n— log.example AAAAAAA=\n`
const hash = emptyRoot.toString('base64')
const malformed: unknown = expect.objectContaining({ code: 'malformed-proof' })

describe('proof files', () => {
  it('are written as C2SP tlog-proof lays them out', () => {
    const file = formatProofFile({ index: 1, hashes: [emptyRoot], checkpoint })
    expect(file).toBe(`c2sp.org/tlog-proof@v1\nindex 1\n${hash}\n\n${checkpoint}`)
  })

  it.each([
    ['without hashes', { index: 0, hashes: [], checkpoint }],
    ['with hashes', { index: 5, hashes: [emptyRoot, emptyRoot], checkpoint }],
    ['with extra data', { index: 5, hashes: [emptyRoot], checkpoint, extra: Buffer.from('more') }],
    ['with empty extra data', { index: 5, hashes: [emptyRoot], checkpoint, extra: Buffer.alloc(0) }],
  ])('read back %s', (_, proof) => {
    expect(parseProofFile(formatProofFile(proof))).toEqual(proof)
  })

  it.each([
    ['another header', `c2sp.org/tlog-proof@v2\nindex 1\n\n${checkpoint}`],
    ['no index', `c2sp.org/tlog-proof@v1\n${hash}\n\n${checkpoint}`],
    ['a leading zero', `c2sp.org/tlog-proof@v1\nindex 01\n\n${checkpoint}`],
    ['a short hash', `c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n${checkpoint}`],
    ['extra data that is not base64', `c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\n${checkpoint}`],
    ['extra data in the wrong place', `c2sp.org/tlog-proof@v1\nindex 1\nextra AAAA\n\n${checkpoint}`],
    ['no empty line', `c2sp.org/tlog-proof@v1\nindex 1\n${hash}\n`],
  ])('are refused with %s', (_, file) => {
    expect(() => parseProofFile(file)).toThrow(malformed)
  })
})
