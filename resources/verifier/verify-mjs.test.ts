import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  bytesAt,
  cast,
  findingsAfter,
  findingsOf,
  inFolder,
  inZip,
  pack,
  PROGRAM,
  story,
  verifyPack,
  work,
  type Report,
} from './testing/mjs-workbench.ts'
import {
  bag,
  jcs,
  METRICS,
  METRICS_FILE,
  newKey,
  ORIGIN,
  sha256,
  signBag,
  signCheckpoint,
  signManifest,
  sortFiles,
  zipFiles,
  type Files,
  type Json,
} from './testing/pack-builder.ts'

describe('an honest pack', () => {
  it('has no findings as a folder, and says what it proved and what no pack can prove', () => {
    const report = verifyPack(inFolder(pack()))
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({
      ok: true,
      pack: 'pack-1',
      origin: ORIGIN,
      treeSize: story.length,
      logKey: cast.log.verifierKey,
      exporter: cast.admin.name,
      counts: { files: 43, entries: 12, proofs: 12, facts: 7, claims: 2, documents: 1 },
      claims: { act: { supported: 1, partial: 0, missing: 1, 'not-applicable': 0, 'not-yet': 0 } },
    })
    expect(report.proved).toEqual([
      ...['bytes-unaltered', 'exporter-signed', 'entries-signed-by-known-keys', 'entries-in-tree', 'omissions-counted'],
      ...['four-eyes', 'gates-met', 'order-of-facts', 'facts-match-entries', 'claims-cover-frameworks', 'tables-match-claims', 'duties-apart'],
    ])
    expect(report.notProved).toEqual([
      ...['facts-true', 'nothing-unrecorded', 'keys-complete', 'separate-people', 'earlier-work', 'exporter-words', 'single-history', 'times', 'compliance'],
      ...['frameworks-as-shipped', 'log-key-owner'],
    ])
  })

  it('has the same report as a zip', () => {
    const files = pack()
    expect(verifyPack(inZip(zipFiles(sortFiles(files))))).toEqual(verifyPack(inFolder(files)))
  })

  it('proves whose ledger it is when the pinned key is its log key', () => {
    const report = verifyPack(inFolder(pack()), { key: cast.log.verifierKey })
    expect(report.proved).toContain('log-key-pinned')
    expect(report.notProved).not.toContain('log-key-owner')
  })

  it('is refused when another key is pinned', () => {
    expect(findingsOf(inFolder(pack()), { key: newKey(ORIGIN).verifierKey })).toEqual(['key-not-pinned data/checkpoint.txt'])
  })

  it('may carry the signatures of witnesses on its checkpoint', () => {
    const witness = `— witness.example/w ${Buffer.alloc(76, 7).toString('base64')}\n`.repeat(20)
    const edit = (files: Files) => {
      const old = bytesAt(files, 'data/checkpoint.txt').toString()
      const cosigned = signCheckpoint(cast.log, old.slice(0, old.indexOf('\n\n') + 1), witness)
      for (const [path, bytes] of files) {
        if (path.endsWith('.tlog-proof')) files.set(path, Buffer.from(bytes.toString().replace(old, () => cosigned)))
      }
      files.set('data/checkpoint.txt', Buffer.from(cosigned))
    }
    expect(findingsAfter(edit)).toEqual([])
  })
})

describe('a pack with a byte changed', () => {
  // All bytes of all files take minutes; a prime stride and both ends of every file reach each kind of place in each of them.
  const stride = process.env.EVERY_BYTE === '1' ? 1 : 97
  const limit = process.env.EVERY_BYTE === '1' ? 3_600_000 : 120_000

  it('has a finding that names the file, whichever file and wherever in it', { timeout: limit }, () => {
    const files = pack()
    const folder = inFolder(files)
    const unnamed: string[] = []
    for (const [path, bytes] of files) {
      for (let i = 0; i < bytes.length; i = i + stride < bytes.length || i === bytes.length - 1 ? i + stride : bytes.length - 1) {
        const flipped = Buffer.from(bytes)
        flipped[i] = (flipped[i] ?? 0) ^ 1
        writeFileSync(join(folder, path), flipped)
        const { ok, findings } = verifyPack(folder)
        if (ok || !findings.some(({ file }) => file === path)) unnamed.push(`${path} at ${i}: ${jcs(findings as unknown as Json)}`)
      }
      writeFileSync(join(folder, path), bytes)
    }
    expect(unnamed).toEqual([])
    expect(verifyPack(folder).ok).toBe(true)
  })

  it('has no other finding than that, where the file is listed in the payload manifest', () => {
    const files = pack()
    for (const path of [...files.keys()].filter((each) => each.startsWith('data/'))) {
      const flipped = Buffer.from(bytesAt(files, path))
      flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1
      expect(findingsOf(inFolder(new Map([...files, [path, flipped]])))).toEqual([`digest-mismatch ${path}`])
    }
  })

  it('is refused as a zip, which has no free byte', { timeout: limit }, () => {
    const zip = zipFiles(sortFiles(pack()))
    const file = inZip(zip)
    const accepted: number[] = []
    // The whole of the last headers, and a part of everything before.
    for (let i = 0; i < zip.length; i += i > zip.length - 200 ? 1 : stride) {
      const flipped = Buffer.from(zip)
      flipped[i] = (flipped[i] ?? 0) ^ 1
      writeFileSync(file, flipped)
      if (!findingsOf(file).includes(`container-altered ${basename(file)}`)) accepted.push(i)
    }
    expect(accepted).toEqual([])
  })
})

describe('the files of a pack', () => {
  it('may not be joined by others, listed or not', () => {
    const files = pack()
    expect(findingsOf(inFolder(new Map([...files, ['data/more.csv', Buffer.from('x')]])))).toEqual(['file-unlisted data/more.csv'])
    expect(findingsOf(inFolder(new Map([...files, ['NOTES', Buffer.from('x')]])))).toEqual(['file-unlisted NOTES'])
    expect(findingsAfter((payload) => payload.set('data/more.csv', Buffer.from('x')))).toEqual(['file-unlisted data/more.csv'])
    const hidden = `data/documents/${sha256(METRICS)}/other.json`
    expect(findingsOf(inFolder(new Map([...files, [hidden, METRICS]])))).toEqual([`file-unlisted ${hidden}`])
  })

  it('must all be there', () => {
    for (const path of ['README.txt', 'data/gaps.csv', 'data/facts.json', 'signature.dsse.json', 'bagit.txt']) {
      const files = pack()
      files.delete(path)
      expect(findingsOf(inFolder(files))).toEqual([`file-missing ${path}`])
      if (path === 'signature.dsse.json') continue
      bag(files, cast.admin)
      if (path === 'bagit.txt') files.delete(path)
      signBag(files, cast.admin)
      if (path !== 'README.txt') expect(findingsOf(inFolder(files))).toEqual([`file-missing ${path}`])
    }
  })

  it('may not be links, empty folders or of names outside the format', () => {
    const folder = inFolder(pack())
    rmSync(join(folder, 'README.txt'))
    symlinkSync(PROGRAM, join(folder, 'README.txt'))
    mkdirSync(join(folder, 'data/empty'))
    writeFileSync(join(folder, 'data/gаps.csv'), 'a Cyrillic letter in its name')
    writeFileSync(join(folder, 'data/a b'), '')
    expect(findingsOf(folder)).toEqual([
      ...['path-invalid README.txt', 'path-invalid data/a b', 'file-unlisted data/empty', 'path-invalid data/gаps.csv'],
    ])
  })

  it('are listed in manifests that are sorted and complete, in one form', () => {
    const edits: Record<string, (manifest: string) => string> = {
      reversed: (manifest) => `${manifest.trim().split('\n').reverse().join('\n')}\n`,
      'without its last newline': (manifest) => manifest.slice(0, -1),
      'with a line twice': (manifest) => manifest.replace(/^.*\n/, (line) => line + line),
      'with capitals': (manifest) => manifest.toUpperCase(),
      'with a path out of the pack': (manifest) => `${manifest}${'0'.repeat(64)}  data/../../x\n`,
    }
    for (const [name, edit] of Object.entries(edits)) {
      for (const path of ['manifest-sha256.txt', 'tagmanifest-sha256.txt']) {
        const files = pack()
        files.set(path, Buffer.from(edit(bytesAt(files, path).toString())))
        if (path === 'manifest-sha256.txt') signBag(files, cast.admin)
        else signManifest(files, cast.admin)
        expect(findingsOf(inFolder(files)), name).toEqual([`bag-invalid ${path}`])
      }
    }
  })

  it('are counted in bag-info.txt, whose lines are the five of the format', () => {
    const edits = [['Oxum: ', 'Oxum: 1'], ['Bagging-Date: 2026', 'Bagging-Date: 26'], ['Source-Organization: Test\n', '']]
    for (const [from = '', to = ''] of edits) {
      const files = pack()
      files.set('bag-info.txt', Buffer.from(bytesAt(files, 'bag-info.txt').toString().replace(from, to)))
      signBag(files, cast.admin)
      expect(findingsOf(inFolder(files))).toEqual(['bag-invalid bag-info.txt'])
    }
    const files = pack()
    files.set('bagit.txt', Buffer.from('BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n'))
    signBag(files, cast.admin)
    expect(findingsOf(inFolder(files))).toEqual(['bag-invalid bagit.txt'])
  })
})

describe('the exporter’s signature', () => {
  it('is refused from a key that the ledger does not know, and from one that it no longer knows', () => {
    expect(findingsOf(inFolder(pack({ exporter: cast.stranger })))).toEqual(['pack-signature-invalid signature.dsse.json'])
    const steps = [...story, { name: 'left', by: cast.admin, action: 'person.deactivated', detail: () => ({ person: 'p-approver' }) }]
    expect(findingsOf(inFolder(pack({ steps })))).toEqual([])
    expect(findingsOf(inFolder(pack({ steps, exporter: cast.approver })))).toEqual(['pack-signature-invalid signature.dsse.json'])
  })

  it('is refused from somebody else than pack.json names', () => {
    const files = pack()
    bag(files, cast.engineer)
    expect(findingsOf(inFolder(files))).toEqual(['pack-signature-invalid signature.dsse.json'])
  })

  it('is refused under another statement', () => {
    const statements: Record<string, Json>[] = [
      { predicate: { origin: ORIGIN, statement: '', treeSize: 1 } },
      { predicate: { origin: 'another', statement: '', treeSize: story.length } },
      { _type: 'https://in-toto.io/Statement/v0.1' },
      { subject: [] },
      { more: 1 },
    ]
    for (const statement of statements) {
      const files = pack()
      signManifest(files, cast.admin, statement)
      expect(findingsOf(inFolder(files))).toEqual(['pack-signature-invalid signature.dsse.json'])
    }
  })

  it('names the tag manifest that was changed under it', () => {
    const files = pack()
    files.set('README.txt', Buffer.from('Another.\n'))
    const altered = bytesAt(files, 'tagmanifest-sha256.txt').toString().replace(/[0-9a-f]{64}(?= {2}README)/, sha256(Buffer.from('Another.\n')))
    files.set('tagmanifest-sha256.txt', Buffer.from(altered))
    expect(findingsOf(inFolder(files))).toEqual(['pack-signature-invalid signature.dsse.json', 'digest-mismatch tagmanifest-sha256.txt'])
  })
})

describe('a zip', () => {
  const findingsOfZip = (bytes: Buffer) => {
    const file = inZip(bytes)
    return findingsOf(file).map((finding) => finding.replace(basename(file), 'ZIP'))
  }
  const files = pack()
  const sorted = sortFiles(files)

  it('has no garbage before, after or between, no comment, no other headers', () => {
    const zip = zipFiles(sorted)
    const altered = ['container-altered ZIP']
    expect(findingsOfZip(Buffer.concat([zip, Buffer.from('garbage')]))).toEqual(altered)
    expect(findingsOfZip(zipFiles(sorted, { comment: 'x' }))).toEqual(altered)
    expect(findingsOfZip(zipFiles(sorted, { attributes: 0xa1ff0000 }))).toEqual(altered)
    expect(findingsOfZip(zipFiles(sorted, { time: 1 }))).toEqual(altered)
    expect(findingsOfZip(zipFiles(sorted, { extra: Buffer.from('UT\u0000\u0000') }))).toContain(altered[0])
    expect(findingsOfZip(zipFiles([...sorted].reverse()))).toEqual(altered)
    expect(findingsOfZip(Buffer.concat([Buffer.from('garbage'), zip])).filter((finding) => finding.endsWith('ZIP'))).toEqual(altered)
  })

  it('holds each file once', () => {
    const evil = sorted.flatMap(([path, bytes]): [string, Buffer][] => (path === 'README.txt' ? [[path, bytes], [path, Buffer.from('evil')]] : [[path, bytes]]))
    expect(findingsOfZip(zipFiles(evil))).toEqual(['container-altered ZIP'])
  })

  it('cannot name a file outside the pack', () => {
    for (const path of ['../evil', '/etc/evil', 'data/../../evil', 'data//evil', 'data/', 'C:\\evil', 'data/./evil', `data/${'x'.repeat(200)}`, 'dаta/pack.json']) {
      const zip = zipFiles(sortFiles(new Map([...files, [path, Buffer.from('x')]])))
      expect(findingsOfZip(zip)).toContain(`path-invalid ${path}`)
    }
  })

  it('cannot promise more than it holds', () => {
    const zip = zipFiles(sorted)
    const directory = zip.readUInt32LE(zip.length - 6)
    const claims = [[directory + 24, 0xffffffff], [directory + 42, 0xfffffff0], [zip.length - 6, 0xffffffff], [zip.length - 10, 0xffffffff], [directory + 8, 8]] as const
    for (const [place, value] of claims) {
      const bomb = Buffer.from(zip)
      bomb.writeUInt32LE(value, place)
      expect(findingsOfZip(bomb)).toContain('container-altered ZIP')
    }
    for (const other of [zip.subarray(0, zip.length / 2), Buffer.from('not a zip'), Buffer.alloc(0)]) {
      expect(findingsOfZip(other)).toEqual(['container-altered ZIP'])
    }
  })

  it('names the altered file within it, too', () => {
    const zip = zipFiles(sorted)
    zip[zip.indexOf(METRICS)] = 0x20
    expect(findingsOfZip(zip)).toEqual(['container-altered ZIP', `digest-mismatch ${METRICS_FILE}`].sort((a, b) => (a.includes('ZIP') ? 1 : b.includes('ZIP') ? -1 : 0)))
  })
})

describe('the program', () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' })
    return { status, stdout, stderr }
  }

  it('prints what was proved, what was not, and the claims, and exits with 0', () => {
    const { status, stdout, stderr } = run(inFolder(pack()))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^All checks passed\. Whose ledger it is was not checked: that takes --key\.\n/)
    expect(stdout).toContain('Supported means recorded facts support the row, not that the law is met.')
    expect(stdout.indexOf('\nProved\n')).toBeLessThan(stdout.indexOf('\nNot proved'))
  })

  it('prints its report as one line of canonical JSON', () => {
    const folder = inFolder(pack())
    const { status, stdout } = run(folder, '--json', '--key', cast.log.verifierKey)
    expect(status).toBe(0)
    expect(stdout).toBe(`${jcs(verifyPack(folder, { key: cast.log.verifierKey }) as unknown as Json)}\n`)
  })

  it('prints findings first, with the file of each, and exits with 1', () => {
    const files = pack()
    files.set('README.txt', Buffer.from('Another.\n'))
    const { status, stdout, stderr } = run(inFolder(files))
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toMatch(/^Not verified: 1 finding\.\n\nREADME\.txt\n {2}digest-mismatch: it has the SHA-256/)
  })

  it('shows a pack’s own words without letting them steer the terminal', () => {
    const folder = inFolder(pack())
    writeFileSync(join(folder, 'x\u001b[2Jx\u202e'), '')
    const { stdout } = run(folder)
    expect(stdout).toContain('x\\u{1b}[2Jx\\u{202e}')
    expect(stdout).not.toContain('\u001b')
  })

  it('verifies the folder it stands in when none is given', () => {
    const files = pack()
    const folder = inFolder(files.set('verify.mjs', Buffer.from('')))
    const program = join(folder, 'verify.mjs')
    spawnSync('cp', [PROGRAM, program])
    const { status, stdout } = spawnSync(process.execPath, [program, '--json'], { encoding: 'utf8', cwd: tmpdir() })
    expect(status).toBe(1)
    expect((JSON.parse(stdout) as Report).findings).toMatchObject([{ code: 'digest-mismatch', file: 'verify.mjs' }])
  })

  it('explains itself when it is asked to, and looks at nothing', () => {
    const { status, stdout } = run('/nowhere', '--help')
    expect(status).toBe(0)
    for (const word of ['PACK', '--key', '--json']) expect(stdout).toContain(word)
  })

  it('says in one line what is wrong with the arguments or why there is no pack, and exits with 2', () => {
    const calls = [['--nonsense'], ['a', 'b'], ['--key'], [work, '--key', 'x'], [join(work, 'nothing')], ['/dev/null']]
    for (const args of calls) {
      const { status, stdout, stderr } = run(...args)
      expect({ status, stdout }, args.join(' ')).toEqual({ status: 2, stdout: '' })
      expect(stderr).toMatch(/^verify\.mjs: [^\n]+\n$/)
    }
  })

  it('finds everything missing in an empty folder, rather than failing', () => {
    const folder = join(work, 'empty')
    mkdirSync(folder)
    expect(run(folder, '--json').status).toBe(1)
    expect(findingsOf(folder)).toContain('file-missing data/pack.json')
  })
})
