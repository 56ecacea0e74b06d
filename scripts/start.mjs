/**
 * `npm start [-- --data FOLDER]`: opens the window on the pinned Node's build. Without an Electron binary it says how to get one and serves
 * the same interface to a browser on this machine. It never downloads anything.
 */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { electronExecutable } from '../main/desktop/electron-executable.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs a program in the foreground: signals reach it from the terminal, and this process ends as it ends. */
function runInstead(command, args, env) {
  const child = spawn(command, args, { stdio: 'inherit', env })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`strongroom: ${command} could not be started: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code) => (process.exitCode = code ?? 1))
}

function main(args) {
  const electron = electronExecutable(root)
  if (electron !== null) {
    const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env
    runInstead(electron, [root, ...args], { ...env, STRONGROOM_NODE: process.execPath })
    return
  }
  process.stderr.write(
    'strongroom: There is no Electron binary (get one: `npx install-electron`, from a mirror: ELECTRON_MIRROR=URL, or one that is here: ELECTRON_OVERRIDE_DIST_PATH=FOLDER); serving the window to a browser instead.\n',
  )
  runInstead(process.execPath, [join(root, 'build', 'main', 'strongroom.js'), 'serve', ...args], process.env)
}

main(process.argv.slice(2))
