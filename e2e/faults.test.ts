import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BlobVerification, Verification } from '../shared/contract/index.ts'
import { PASSPHRASES, TestWorkplace } from './workplace.ts'

const workplace = new TestWorkplace()
const erin = { as: 'erin' } as const

function writeProject(name: string, yaml: string, files: Record<string, string> = {}): string {
  const folder = join(workplace.folder, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'dvc.yaml'), yaml)
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content)
  return folder
}

async function addProject(name: string, yaml: string, files?: Record<string, string>): Promise<string> {
  const folder = writeProject(name, yaml, files)
  await workplace.strongroom(['project', 'add', folder, '--id', name, '--name', name, '--purpose', 'a test'], erin)
  return folder
}

function holder(): { pid: number } {
  return JSON.parse(readFileSync(join(workplace.data, 'orchestrator.json'), 'utf8')) as { pid: number }
}

/** Kills the orchestrator the hard way and waits until it is gone. */
async function killOrchestrator(): Promise<void> {
  const { pid } = holder()
  process.kill(pid, 'SIGKILL')
  for (;;) {
    try {
      process.kill(pid, 0)
      await new Promise((resolve) => setTimeout(resolve, 10))
    } catch {
      return
    }
  }
}

beforeAll(() => workplace.setUp())
afterAll(() => workplace.close())

describe('an orchestrator that is killed', () => {
  it('leaves the run going; the next one adopts it, runs nothing twice and loses nothing', async () => {
    const folder = await addProject(
      'adopted',
      `stages:
  slow:
    cmd: echo began >> journal && until [ -e go ]; do sleep 0.1; done; echo ended >> journal && echo result > slow.txt
    outs: [slow.txt]
  after:
    cmd: cat slow.txt > after.txt
    deps: [slow.txt]
    outs: [after.txt]
`,
    )
    const { id } = await workplace.json<{ id: number }>(['run', 'start', '--project', 'adopted'], erin)
    for (;;) {
      const run = await workplace.json<{ stages: { stage: string; state: string }[] }>(['run', 'show', String(id)], erin)
      if (run.stages.some(({ stage, state }) => stage === 'slow' && state === 'running')) break
    }
    await killOrchestrator()
    writeFileSync(join(folder, 'go'), '')
    const run = await workplace.json<{ state: string }>(['run', 'follow', String(id)], erin)
    expect(run.state).toBe('succeeded')
    expect(readFileSync(join(folder, 'journal'), 'utf8')).toBe('began\nended\n')
    const { entries } = await workplace.json<{ entries: { action: string }[] }>(['ledger', 'list', '--limit', '30'], erin)
    const actions = entries.map(({ action }) => action)
    expect(actions.filter((action) => action === 'stage.started')).toHaveLength(2)
    expect(actions).toContain('run.adopted')
    expect(await workplace.strongroom(['ledger', 'verify'], erin)).toContain('nothing recorded was altered')
  })
})

describe('a stage', () => {
  it('that ignores SIGTERM ends all the same when its run is cancelled', async () => {
    await addProject('stubborn', `stages:\n  deaf:\n    cmd: trap '' TERM; while true; do sleep 0.2; done\n    always_changed: true\n    outs: [never.txt]\n`)
    const { id } = await workplace.json<{ id: number }>(['run', 'start', '--project', 'stubborn'], erin)
    await workplace.strongroom(['run', 'cancel', String(id)], erin)
    await expect(workplace.strongroom(['run', 'follow', String(id)], erin)).rejects.toThrow('ended cancelled')
  }, 60_000)

  it('that floods its terminal is recorded whole', async () => {
    await addProject('flood', `stages:\n  flood:\n    cmd: head -c 20000000 /dev/zero | tr '\\0' x | fold -w 100 && echo done > flood.txt\n    outs: [flood.txt]\n`)
    const run = await workplace.json<{ id: number; state: string }>(['run', 'start', '--project', 'flood', '--follow'], erin)
    expect(run.state).toBe('succeeded')
    const log = await workplace.strongroom(['run', 'log', String(run.id), 'flood'], erin)
    expect(log.replaceAll(/[\r\n]/g, '')).toHaveLength(20_000_000)
  }, 120_000)
})

describe('parameters of one name', () => {
  it('in several files are recorded each with its own value, and shown so', async () => {
    const stage = (name: string) => `  ${name}:\n    wdir: ${name}\n    cmd: "true"\n    params: [lr]\n`
    const folder = writeProject('two-files', `stages:\n${stage('a')}${stage('b')}  own:\n    cmd: "true"\n    params: [lr, {b/more.json: [lr]}]\n`, { 'params.yaml': 'lr: 0.3' })
    for (const [name, lr] of [['a', '0.1'], ['b', '0.2']] as const) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'params.yaml'), `lr: ${lr}`)
    }
    writeFileSync(join(folder, 'b/more.json'), '{"lr": "fast"}')
    await addProject('two-files', readFileSync(join(folder, 'dvc.yaml'), 'utf8'))
    const run = await workplace.json<{ id: number; startedEntry: number; parameters: Record<string, string> }>(['run', 'start', '--project', 'two-files'], erin)
    const values = { lr: '0.3', 'a/params.yaml:lr': '0.1', 'b/params.yaml:lr': '0.2', 'b/more.json:lr': 'fast' }
    const { payload } = await workplace.json<{ payload: { detail: { parameters: Record<string, string> } } }>(['ledger', 'show', String(run.startedEntry)], erin)
    expect(payload.detail.parameters).toEqual(values)
    expect((await workplace.json<typeof run>(['run', 'show', String(run.id)], erin)).parameters).toEqual(values)
  })
})

describe('the version of the code', () => {
  it('that git cannot tell is said with the reason when a run starts, and recorded', async () => {
    const folder = await addProject('broken-repository', `stages:\n  one:\n    cmd: "true"\n`)
    mkdirSync(join(folder, '.git'))
    const reason = 'git failed, because not a git repository'
    expect(await workplace.strongroom(['run', 'start', '--follow', '--project', 'broken-repository'], erin)).toContain(`Code: version not known: ${reason}`)
    rmSync(join(folder, '.git'), { recursive: true })
    expect(await workplace.strongroom(['run', 'start', '--follow', '--project', 'broken-repository'], erin)).toContain('Code: not under version control: no repository')
    const { entries } = await workplace.json<{ entries: { seq: number }[] }>(['ledger', 'list', '--action', 'run.started', '--limit', '2'], erin)
    const codes = []
    for (const { seq } of entries) codes.push((await workplace.json<{ payload: { detail: { code: unknown } } }>(['ledger', 'show', String(seq)], erin)).payload.detail.code)
    const unknown = { commit: 'unknown', dirty: 'unknown', diff: '' }
    expect(codes).toEqual([{ ...unknown, reason: 'no repository' }, { ...unknown, reason: expect.stringContaining(reason) as string }])
  })
})

describe('a stored file', () => {
  it('that is damaged or gone is named with its entries when the stored files are verified, and mended by a new snapshot', async () => {
    const folder = await addProject('kept', `stages:\n  copy:\n    cmd: mkdir made && cp rows.csv made/rows.csv && cp other.csv made/other.csv\n    deps: [rows.csv, other.csv]\n    outs: [made]\n`, {
      'rows.csv': 'rows of a data set',
      'other.csv': 'others of a data set',
    })
    const { id } = await workplace.json<{ id: number }>(['run', 'start', '--project', 'kept'], erin)
    expect((await workplace.json<{ state: string }>(['run', 'follow', String(id)], erin)).state).toBe('succeeded')
    expect(await workplace.strongroom(['ledger', 'verify', '--blobs'], { as: 'ada' })).toContain('is there and has its content')

    const blob = (name: string) => {
      const sha256 = createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')
      return { sha256, path: join(workplace.data, 'blobs', 'sha256', sha256.slice(0, 2), sha256) }
    }
    const [rows, other] = [blob('rows.csv'), blob('other.csv')]
    rmSync(rows.path)
    chmodSync(other.path, 0o600)
    writeFileSync(other.path, 'damaged')
    const failure = await workplace.json(['ledger', 'verify', '--blobs'], { as: 'ada' }).catch((error: unknown) => error as { code: number; stdout: string })
    expect(failure).toMatchObject({ code: 1 })
    const { ok, blobs } = JSON.parse((failure as { stdout: string }).stdout) as Verification & { blobs: BlobVerification }
    expect(ok).toBe(true)
    const { entries } = await workplace.json<{ entries: { seq: number; action: string; subject: { name: string }[] }[] }>(['ledger', 'list', '--limit', '40'], erin)
    const naming = (action: string, subject: string) => entries.find((entry) => entry.action === action && entry.subject.some(({ name }) => name === subject))?.seq
    expect(blobs.missing.listed).toEqual([{ ...rows, name: 'rows.csv', entries: [naming('dataset.snapshot', 'rows.csv'), naming('stage.succeeded', 'made')] }])
    expect(blobs.damaged.listed).toEqual([{ ...other, name: 'other.csv', entries: [naming('dataset.snapshot', 'other.csv'), naming('stage.succeeded', 'made')] }])

    for (const name of ['rows.csv', 'other.csv']) await workplace.strongroom(['dataset', 'snapshot', name, '--project', 'kept'], erin)
    expect(await workplace.strongroom(['ledger', 'verify', '--blobs'], { as: 'ada' })).toContain('is there and has its content')
  })
})

describe('a person', () => {
  it.each([
    ['erin', ['people', 'add', 'mallory', '--role', 'administrator'], 'no terminal to ask on. Use --new-passphrase-file'],
    ['erin', ['people', 'add', 'mallory', '--role', 'administrator', '--new-passphrase-file', '/etc/os-release'], 'administrator'],
    ['ada', ['project', 'add', '.', '--id', 'hers', '--name', 'Hers', '--purpose', 'a test'], 'engineer'],
    ['paul', ['project', 'list', '--nonsense'], 'Unknown option'],
    ['erin', ['stop', '--nonsense'], 'Unknown option'],
  ] as const)('%s cannot %j', async (as, args, reason) => {
    await expect(workplace.strongroom([...args], { as })).rejects.toThrow(reason)
  })

  it('leaves the passphrase that an orchestrator was started with in no environment of it', async () => {
    await workplace.strongroom(['stop'], { as: 'admin' })
    await workplace.strongroom(['people', 'list'], { as: 'admin' })
    const environment = readFileSync(`/proc/${holder().pid}/environ`, 'utf8')
    expect(environment).toContain('PATH=')
    expect(environment).not.toContain(PASSPHRASES.admin)
  })

  it('with a wrong passphrase is refused, and told to wait after five tries', async () => {
    const attempt = () => workplace.strongroom(['--as', 'ada', 'people', 'list'], { env: { STRONGROOM_PASSPHRASE: 'not the passphrase' } })
    for (let tries = 0; tries < 5; tries++) await expect(attempt()).rejects.toThrow('wrong')
    await expect(attempt()).rejects.toThrow('Too many wrong passphrases')
  }, 60_000)
})

describe('a hostile project folder', () => {
  const inFolder = async (name: string, yaml: string) => {
    await addProject(name, yaml)
    return workplace.strongroom(['run', 'start', '--project', name], erin)
  }

  it.each([
    ['cycle', 'stages:\n  a:\n    cmd: x\n    deps: [b]\n    outs: [a]\n  b:\n    cmd: x\n    deps: [a]\n    outs: [b]\n', 'cycle'],
    ['escape', 'stages:\n  a:\n    cmd: x\n    deps: [../../etc/passwd]\n    outs: [a]\n', 'leads out of the project'],
    ['twins', 'stages:\n  a:\n    cmd: x\n    outs: [same]\n  b:\n    cmd: x\n    outs: [same]\n', 'same'],
    ['bomb', `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`).join('\n')}\nstages: {}\n`, 'dvc.yaml:'],
  ])('with a %s is refused with the place in the file', async (name, yaml, reason) => {
    await expect(inFolder(name, yaml)).rejects.toThrow(reason)
    await expect(workplace.strongroom(['run', 'start', '--project', name], erin)).rejects.toThrow(/dvc\.yaml:\d+:\d+/)
  })

  it('with a link out of it is refused', async () => {
    const folder = writeProject('linked', 'stages:\n  a:\n    cmd: cat secret\n    deps: [secret]\n    outs: [a]\n')
    symlinkSync('/etc/hostname', join(folder, 'secret'))
    await workplace.strongroom(['project', 'add', folder, '--name', 'x', '--purpose', 'x'], erin)
    await expect(workplace.strongroom(['run', 'start', '--project', 'linked'], erin)).rejects.toThrow('leads out of the project')
  })
})

describe('the socket', () => {
  it('survives garbage, and says so to whoever sends half a request', async () => {
    const socketPath = join(workplace.data, 'orchestrator.sock')
    const send = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(socketPath)
        let answer = ''
        socket.setEncoding('utf8').on('data', (data: string) => {
          answer += data
          // Header and body may come apart.
          if (answer.endsWith('}')) socket.destroy()
        })
        socket.on('close', () => resolve(answer))
        socket.on('error', () => resolve(answer))
        socket.write(text)
        if (!text.includes('"id"') || !text.endsWith('}')) socket.end()
      })
    const frame = (body: unknown) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
    }
    await send('GET / HTTP/1.1\r\n\r\n')
    await send(frame('{"jsonrpc":"2.0","id":1,"method":'))
    expect(await send(frame({ jsonrpc: '2.0', id: 1, method: 'people.list', params: { input: {} } }))).toContain('Attach first')
    expect(await send(frame({ jsonrpc: '2.0', id: 1, method: 'client.attach', params: { clientKey: 'short' } }))).toContain('64 hexadecimal digits')
    expect(await workplace.strongroom(['people', 'list'], erin)).toContain('erin')
  })

  it('is for this user alone', () => {
    expect(execFileSync('stat', ['-c', '%a', join(workplace.data, 'orchestrator.sock')], { encoding: 'utf8' }).trim()).toBe('600')
    expect(execFileSync('stat', ['-c', '%a', workplace.data], { encoding: 'utf8' }).trim()).toBe('700')
  })
})

describe('a data folder', () => {
  it.each([[['status']], [['ledger', 'list']], [['run', 'list']], [['login', 'erin']], [['stop']]])('that is none is not made by %j', async (args) => {
    const none = new TestWorkplace()
    const asked = none.strongroom(args, { env: { STRONGROOM_PASSPHRASE: PASSPHRASES.erin } })
    await expect(asked).rejects.toThrow(args[0] === 'stop' ? 'No orchestrator runs' : `There is no workplace in ${none.data}. Make one with 'strongroom setup'`)
    expect(existsSync(none.data)).toBe(false)
    rmSync(none.folder, { recursive: true })
  })

  it('whose database is not ours is refused by name', async () => {
    const foreign = new TestWorkplace()
    try {
      mkdirSync(foreign.data)
      execFileSync('sqlite3', [join(foreign.data, 'strongroom.db'), 'CREATE TABLE recipes (name)'])
      await expect(foreign.strongroom(['status'])).rejects.toThrow('database of another program')
      writeFileSync(join(foreign.data, 'strongroom.db'), 'this is no database at all, but it is long enough to look at'.repeat(100))
      await expect(foreign.strongroom(['status'])).rejects.toThrow('not a database')
    } finally {
      await foreign.close()
    }
  })

  it('with an older copy of its database is refused, because more was signed than it holds', async () => {
    const copied = new TestWorkplace()
    try {
      await copied.setUp()
      await copied.strongroom(['people', 'list'], { as: 'admin' })
      await copied.strongroom(['stop'], { as: 'admin' })
      const database = join(copied.data, 'strongroom.db')
      copyFileSync(database, `${database}.old`)
      await copied.strongroom(['people', 'list'], { as: 'admin' })
      writeFileSync(join(copied.folder, 'kept'), await copied.strongroom(['ledger', 'checkpoint'], { as: 'admin' }))
      await copied.strongroom(['ledger', 'verify', '--against', 'kept'], { as: 'admin' })
      await copied.strongroom(['stop'], { as: 'admin' })
      copyFileSync(`${database}.old`, database)
      await expect(copied.strongroom(['status'])).rejects.toThrow('older copy was put back')
      // Whoever takes the mark away as well is found out by a checkpoint that lies elsewhere, and by nothing here.
      rmSync(join(copied.data, 'high-water'))
      expect(await copied.strongroom(['ledger', 'verify'], { as: 'admin' })).toContain('nothing recorded was altered')
      await expect(copied.strongroom(['ledger', 'verify', '--against', 'kept'], { as: 'admin' })).rejects.toMatchObject({ stdout: expect.stringContaining('anchor') as string })
    } finally {
      await copied.close()
    }
  })

  it('is used by one orchestrator at a time', async () => {
    const script = join(import.meta.dirname, '..', 'build', 'main', 'orchestrator.js')
    await workplace.strongroom(['people', 'list'], erin)
    expect(() => execFileSync(process.execPath, [script, '--data', workplace.data], { stdio: 'pipe' })).toThrow(`process ${holder().pid}`)
  })

  it('holds no passphrase and no name in its ledger or its log', async () => {
    appendFileSync(join(workplace.data, 'logs', 'orchestrator.log'), '')
    const everything = execFileSync('sqlite3', [join(workplace.data, 'strongroom.db'), 'SELECT group_concat(envelope) FROM ledger_entries'], { encoding: 'utf8', maxBuffer: 64 << 20 })
    const payloads = [...everything.matchAll(/"payload":"([^"]+)"/g)].map(([, payload]) => Buffer.from(payload ?? '', 'base64').toString())
    expect(payloads.length).toBeGreaterThan(10)
    const text = payloads.join('\n') + readFileSync(join(workplace.data, 'logs', 'orchestrator.log'), 'utf8')
    // Those of the tests all end in this word; entries name the act of changing one.
    for (const secret of [' passphrase', 'Erin', 'Asta']) expect(text).not.toContain(secret)
  })
})
