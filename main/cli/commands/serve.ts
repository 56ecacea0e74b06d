import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { findInstallation, openOrchestratorSocket, readHolder, dataFolder } from '../../client/index.ts'
import { RequestError } from '../../../shared/contract/index.ts'
import { bytes, complain, facts, print } from '../output.ts'
import { dataFolderOf, signalToStop, withSession, type GlobalOptions } from '../session.ts'

export function addServeCommands(program: Command): void {
  program
    .command('serve')
    .description('serve the interface to browsers on this machine; reach it from elsewhere through an SSH port forward')
    .option('--port <number>', 'port on 127.0.0.1 (default: any free one)')
    .action(async (own: { port?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const folder = dataFolderOf(options)
      const installation = findInstallation()
      const isNew = !existsSync(dataFolder(folder).database)
      // The orchestrator starts while the gateway does.
      const orchestrator = openOrchestratorSocket(folder, { start: true, installation })
      orchestrator.catch(() => undefined)
      const port = own.port === undefined ? 0 : parsePort(own.port)
      // No other command has to load a web server.
      const { startGateway } = await import('../../headless/index.ts')
      const gateway = await startGateway({
        rendererFolder: installation.renderer,
        port,
        openSocket: () => openOrchestratorSocket(folder, { start: true, installation }),
      })
      try {
        ;(await orchestrator).destroy()
      } catch (error) {
        // Nothing is left to serve; an open gateway would keep this command waiting.
        await gateway.close()
        throw error
      }
      if (isNew && !options.json) complain(`There is no workplace in ${folder} yet: the window sets one up. If yours is elsewhere, name its folder with --data.`)
      if (options.json) console.log(JSON.stringify({ url: gateway.url, port: gateway.port, dataFolder: folder }))
      else {
        console.log(`Open ${gateway.url}\nThe address is good once, for ten minutes. Press Enter for another one, Ctrl C to stop serving. Training goes on either way.`)
      }
      const stop = () =>
        void gateway.close().then(() => {
          if (!options.json) complain("\nServed no longer. The orchestrator goes on, with what it trains; 'strongroom stop' ends it.")
          process.exit(0)
        })
      process.on('SIGINT', stop)
      process.on('SIGTERM', stop)
      if (process.stdin.isTTY) process.stdin.on('data', () => console.log(`Open ${gateway.issueAddress()}`))
      await new Promise(() => undefined)
    })

  program
    .command('status')
    .description('whether an orchestrator runs, and what it holds')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      await withSession(options, async ({ client, folder }) => {
        const state = await client.call('workplace.state', {})
        const session = state.session
        const machine = session ? await client.call('machine.state', {}) : null
        const ledger = session ? await unlessNotPermitted(client.call('ledger.state', {})) : null
        const backups = session ? await unlessNotPermitted(client.call('backups.state', {})) : null
        print({ ...state, machine, ledger, backups }, options.json, () =>
          facts([
            ['Data folder', folder],
            ['Orchestrator', `${state.software}, process ${readHolder(dataFolder(folder))?.pid ?? 'not known'}`],
            ['Organisation', state.organisation ?? (state.isShort ? "waits until an administrator lets its ledger go on: 'strongroom --as NAME ledger continue'" : "not set up: 'strongroom setup'")],
            ['Ledger', ledger ? `${state.origin}, ${ledger.size} entries` : (state.origin ?? 'none yet')],
            ['Signed in', session ? `${session.person.displayName} (${session.person.roles.join(', ')})` : 'nobody'],
            ['Running', machine ? `${machine.runningStages} stages on ${machine.cpusBusy} of ${machine.cpus} CPUs` : 'sign in to see'],
            ['Outside connections', machine ? (machine.outsideConnections ?? 'not known on this system') : 'sign in to see'],
            ...(backups ? [['Backup', backups.failing ? `FAILED at ${backups.failing.at}: ${backups.failing.reason}` : backups.last ? `${backups.last.at}, ${backups.last.size} entries` : 'never'] as const] : []),
            ['Free space', machine ? bytes(machine.dataFolderBytesFree) : 'sign in to see'],
          ]),
        )
      })
    })

  program
    .command('stop')
    .description('stop the orchestrator; stages that run go on and are adopted by the next one')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const running = await openOrchestratorSocket(dataFolderOf(options), { start: false })
      running.destroy()
      await withSession(options, async ({ client, folder }) => {
        const { setUp, isShort } = await client.call('workplace.state', {})
        if (!setUp || isShort) return signalToStop(folder)
        const closed = new Promise<void>((resolve) => client.onClosed(resolve))
        // It may be gone before its answer is here.
        await Promise.race([closed, client.call('orchestrator.stop', {}).then(() => closed)])
      })
      if (!options.json) console.log('The orchestrator has stopped.')
    })
}

function parsePort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new RequestError('invalid-request', `'${text}' is not a port.`)
}

/** What the role of whoever asks does not show them: null. */
async function unlessNotPermitted<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof RequestError && error.code === 'not-permitted') return null
    throw error
  }
}
