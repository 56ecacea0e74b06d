/** An OpenSSH server on this machine for tests: a port, keys and a folder of its own. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const SSHD = '/usr/sbin/sshd'

/** Why tests that need a server cannot run here; null where they can. */
export const withoutSshd: string | null = !existsSync(SSHD) ? `there is no ${SSHD}: install openssh-server` : null

/** `arguments`: what ssh is given to reach it as the host `gpu1`. */
export async function startSshd() {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-sshd-'))
  const file = (name: string): string => join(folder, name)
  for (const name of ['host', 'other', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)])
  writeFileSync(file('authorized_keys'), readFileSync(file('user.pub')))
  const port = await freePort()
  const settings = [
    `Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${file('host')}`, `AuthorizedKeysFile ${file('authorized_keys')}`, `PidFile ${file('pid')}`,
    'StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'KbdInteractiveAuthentication no',
  ]
  writeFileSync(file('sshd_config'), `${settings.join('\n')}\n`)
  // Where the server separates privileges, which the system's own start would have made.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const knownLine = (key: string): string => `[127.0.0.1]:${port} ${readFileSync(file(`${key}.pub`), 'utf8')}`
  const configured = (name: string, known: string): readonly string[] => {
    writeFileSync(file(`${name}.known`), known)
    const client = ['Host gpu1', 'HostName 127.0.0.1', `Port ${port}`, `User ${userInfo().username}`, `IdentityFile ${file('user')}`, 'IdentitiesOnly yes', `UserKnownHostsFile ${file(`${name}.known`)}`, 'GlobalKnownHostsFile /dev/null', 'StrictHostKeyChecking no']
    writeFileSync(file(`${name}.config`), `${client.join('\n  ')}\n`)
    return ['-F', file(`${name}.config`)]
  }
  let server: ChildProcess | null = null
  const start = async (): Promise<void> => {
    server = spawn(SSHD, ['-D', '-e', '-f', file('sshd_config')], { stdio: 'ignore' })
    while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await start()
  return {
    arguments: configured('right', knownLine('host')),
    argumentsOfUnknown: configured('unknown', ''),
    argumentsOfChanged: configured('changed', knownLine('other')),
    start,
    /** Ends the server and every connection to it, without a word. */
    async stop(): Promise<void> {
      if (!server) return
      const ended = new Promise((resolve) => server?.once('exit', resolve))
      for (const pid of [...descendantServers(server.pid ?? 0), server.pid ?? 0]) process.kill(pid, 'SIGKILL')
      await ended
      server = null
    },
    async close(): Promise<void> {
      await this.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The processes of a server's connections, but not what was started through them. */
function descendantServers(root: number): number[] {
  const parents = new Map<number, { parent: number; name: string }>()
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [, parent = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ')
      parents.set(Number(name), { parent: Number(parent), name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')) })
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (pid: number): number[] => [...parents].filter(([, each]) => each.parent === pid && each.name.startsWith('sshd')).flatMap(([child]) => [child, ...below(child)])
  return below(root)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
