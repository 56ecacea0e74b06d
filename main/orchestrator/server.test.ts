import { mkdtempSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node'
import { createClient, DEFAULT_POLICY, holdingsOf, ProjectId, RunId, WIRE, type OrchestratorEvent } from '../../shared/contract/index.ts'
import type { Sessions } from '../identity/index.ts'
import { Router, type Answers } from './router.ts'
import { OrchestratorServer } from './server.ts'
import type { Finder } from './targets.ts'

const SIGNED_IN = 'a'.repeat(64)
/** Signed in with a role for the model `scores` of the project `credit` alone. */
const SCOPED = 'c'.repeat(64)
const address = join(mkdtempSync(join(tmpdir(), 'server-')), 'socket')
const credit = ProjectId.parse('credit')
const sockets: Socket[] = []
let server: OrchestratorServer

/** A client that is attached, and the events that reached it. */
async function attach(clientKey: string): Promise<{ seen: OrchestratorEvent[] }> {
  const socket = connect(address)
  sockets.push(socket)
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket))
  const seen: OrchestratorEvent[] = []
  createClient(connection).onEvent((event) => seen.push(event))
  await connection.sendRequest(WIRE.attach, { clientKey })
  return { seen }
}

beforeEach(async () => {
  // A thread of a test may not set it; that the socket is this user's alone is tested from outside.
  vi.spyOn(process, 'umask').mockReturnValue(0o022)
  const sessions = {
    find: (key: string) => (key === SIGNED_IN || key === SCOPED ? {} : null),
    holdings: (key: string) =>
      key === SIGNED_IN ? holdingsOf(['engineer'], [], new Map(), DEFAULT_POLICY) : holdingsOf([], [{ role: 'engineer', scope: { kind: 'model', project: credit, model: 'scores' } }], new Map(), DEFAULT_POLICY),
  } as unknown as Sessions
  const finder = (): Finder => ({ run: (run) => ({ project: run === 1 ? credit : 'hidden' }), snapshot: () => undefined, pack: () => undefined })
  server = new OrchestratorServer({ router: new Router(() => ({}) as Answers, finder, { info: () => undefined, error: () => undefined }), sessions: () => sessions, finder })
  await server.listen(address)
})
afterEach(() => {
  vi.restoreAllMocks()
  server.refuse()
  server.endConnections()
  for (const socket of sockets.splice(0)) socket.destroy()
})

it('tells what happens to whoever is signed in, and to nobody else', async () => {
  const [signedIn, stranger] = [await attach(SIGNED_IN), await attach('b'.repeat(64))]
  server.broadcast({ type: 'people.changed' })
  // Sent after it on the same connection: once this is here, the other would be.
  server.tellClient('b'.repeat(64), { type: 'session.changed' })
  await expect.poll(() => [signedIn.seen, stranger.seen]).toEqual([[{ type: 'people.changed' }], [{ type: 'session.changed' }]])
})

it('tells a client of its own session, signed in or not, and no other client', async () => {
  const [signedIn, other] = [await attach(SIGNED_IN), await attach('b'.repeat(64))]
  server.tellClient('b'.repeat(64), { type: 'session.changed' })
  server.broadcast({ type: 'people.changed' })
  await expect.poll(() => [signedIn.seen, other.seen]).toEqual([[{ type: 'people.changed' }], [{ type: 'session.changed' }]])
})

it('tells whoever holds a role for a model alone of nothing else', async () => {
  const [signedIn, scoped] = [await attach(SIGNED_IN), await attach(SCOPED)]
  const hidden = ProjectId.parse('hidden')
  const happened: OrchestratorEvent[] = [
    { type: 'projects.changed', project: hidden },
    { type: 'projects.changed', project: credit },
    { type: 'models.changed', project: hidden },
    { type: 'models.changed', project: credit },
    { type: 'packs.changed', project: hidden },
    { type: 'run.changed', project: credit, run: RunId.parse(1) },
    { type: 'terminal.grew', run: RunId.parse(1), stage: 'train', attempt: 1, size: 1 },
    { type: 'metrics.appended', run: RunId.parse(2) },
    { type: 'ledger.grew', size: 3 },
    { type: 'people.changed' },
  ]
  for (const event of happened) server.broadcast(event)
  await expect.poll(() => [signedIn.seen.length, scoped.seen]).toEqual([
    happened.length,
    [{ type: 'projects.changed', project: credit }, { type: 'models.changed', project: credit }, { type: 'people.changed' }],
  ])
})
