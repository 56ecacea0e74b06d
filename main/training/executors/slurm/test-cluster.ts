/** A Slurm of one node with two GPUs that are none, on loopback: munged, slurmctld and slurmd of Debian's packages, as root, in a folder and on ports of their own. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'mknod', 'setpriv']
/** Debian's daemons are not in everybody's. */
const PATH = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']

/** Why there can be no Slurm here, in a sentence; null where there can. In CI nothing may be skipped. */
export function whyNoSlurm(): string | null {
  if (process.env.CI === 'true') return null
  const absent = PROGRAMS.filter((program) => !PATH.some((folder) => existsSync(join(folder, program))))
  if (absent.length > 0) return `there is no ${absent.join(', ')} (Debian: apt-get install slurmctld slurmd slurm-client munge)`
  return process.getuid?.() === 0 ? null : 'a Slurm of the tests needs root'
}

export interface TestCluster {
  /** What jobs and Strongroom share. */
  readonly folder: string
  /** One of Slurm's commands; its output. */
  command(name: string, ...args: string[]): string
  /** The controller, from now on. It ends as it does for maintenance: killed, it forgets its latest jobs and gives their numbers to others. */
  controller(is: 'up' | 'down'): Promise<void>
  /** Takes the node back into service, once Slurm has cleared it. */
  resume(): Promise<void>
  stop(): Promise<void>
}

/** Starts it, waits until its node can take jobs, and lets Slurm's commands of this process speak to it. */
export async function startCluster(): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-slurm-'))
  const at = (name: string): string => join(folder, name)
  for (const name of ['munge', 'controller', 'node', 'shared']) mkdirSync(at(name), { mode: 0o755 })
  writeFileSync(at('munge/key'), randomBytes(128), { mode: 0o400 })
  // The one device that every node has; Slurm counts files, and hands their numbers over.
  for (const gpu of ['gpu0', 'gpu1']) execFileSync('mknod', [at(gpu), 'c', '1', '3'])
  const [controllerPort, nodePort] = await freePorts(2)
  const host = hostname().split('.')[0] ?? 'localhost'
  writeFileSync(at('gres.conf'), `NodeName=node1 Name=gpu Type=fake File=${at('gpu[0-1]')} Flags=nvidia_gpu_env\n`)
  writeFileSync(at('cgroup.conf'), '# None: tests run in containers.\n')
  writeFileSync(at('slurm.conf'), `
ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
SlurmUser=root
SlurmdUser=root
AuthInfo=socket=${at('munge/socket')}
StateSaveLocation=${at('controller')}
SlurmdSpoolDir=${at('node')}
SlurmctldPidFile=${at('controller.pid')}
SlurmdPidFile=${at('node.pid')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
MpiDefault=none
DefMemPerCPU=100
ReturnToService=2
KillWait=1
MessageTimeout=2
SchedulerParameters=sched_min_interval=0,bf_interval=1
SlurmdParameters=config_overrides
NodeName=node1 NodeHostname=${host} NodeAddr=127.0.0.1 CPUs=16 RealMemory=8000 Gres=gpu:fake:2
PartitionName=main Nodes=node1 Default=YES
`)
  process.env.SLURM_CONF = at('slurm.conf')
  const env = { ...process.env, PATH: PATH.join(delimiter), SLURM_CONF: at('slurm.conf') }
  const daemon = (program: string, args: readonly string[], ready: () => boolean): Promise<ChildProcess> => startDaemon(program, args, { env, cwd: folder, log: at(`${program}.log`) }, ready)
  const command = (name: string, ...args: string[]): string => execFileSync(name, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()
  const munge = ['--foreground', '--force', `--socket=${at('munge/socket')}`, `--key-file=${at('munge/key')}`, `--pid-file=${at('munge/pid')}`, `--seed-file=${at('munge/seed')}`, `--log-file=${at('munge/log')}`]
  const controller = (): Promise<ChildProcess> => daemon('slurmctld', ['-D'], () => spawnSync('scontrol', ['ping'], { env, encoding: 'utf8' }).stdout.includes('UP'))
  const started = [await daemon('munged', munge, () => spawnSync('munge', ['-n', '-S', at('munge/socket')], { env }).status === 0)]
  let control = await controller()
  started.push(await daemon('slurmd', ['-D', '-N', 'node1'], () => spawnSync('sinfo', ['-h', '-o', '%T'], { env, encoding: 'utf8' }).stdout.trim() === 'idle'))
  return {
    folder: at('shared'),
    command,
    async controller(is) {
      if (is === 'up') control = await controller()
      else await end(control, 'SIGTERM')
    },
    async resume() {
      await becomes(() => {
        spawnSync('scontrol', ['update', 'nodename=node1', 'state=resume'], { env })
        return command('sinfo', '-h', '-o', '%T') === 'idle'
      })
    },
    async stop() {
      spawnSync('scancel', ['--me'], { env })
      await becomes(() => spawnSync('squeue', ['-h'], { env, encoding: 'utf8' }).stdout.trim() === '')
      for (const child of [control, ...started.reverse()]) await end(child, 'SIGTERM')
      rmSync(folder, { recursive: true, force: true })
      delete process.env.SLURM_CONF
    },
  }
}

/** Looks until it is so. */
export async function becomes(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50))
}

async function startDaemon(program: string, args: readonly string[], { env, cwd, log }: { env: NodeJS.ProcessEnv; cwd: string; log: string }, ready: () => boolean): Promise<ChildProcess> {
  // It ends with this process, however that ends.
  const child = spawn('sh', ['-c', `exec setpriv --pdeathsig KILL "$@" >> "$0" 2>&1`, log, program, ...args], { env, cwd, stdio: 'ignore' })
  await becomes(() => {
    if (child.exitCode !== null) throw new Error(`${program} ended at once: ${readFileSync(log, 'utf8')}`)
    return ready()
  })
  return child
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  return ports
}
