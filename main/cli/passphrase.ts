import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { RequestError } from '../../shared/contract/index.ts'

/**
 * The passphrase from `--passphrase-file` (`-` is standard input), from STRONGROOM_PASSPHRASE, or typed without echo. It is never taken from the
 * command line, where other users of the machine could read it.
 */
export async function askPassphrase(prompt: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return readPassphraseFile(file)
  if (process.env.STRONGROOM_PASSPHRASE) return process.env.STRONGROOM_PASSPHRASE
  return typePassphrase(prompt, 'Use --passphrase-file FILE or STRONGROOM_PASSPHRASE.')
}

/**
 * A passphrase that is to be: typed twice where it is typed, as nobody else knows it and nothing opens the key without it. Throws
 * `invalid-request` when the two differ.
 */
export async function askNewPassphrase(handle: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return readPassphraseFile(file)
  if (process.env.STRONGROOM_PASSPHRASE) return process.env.STRONGROOM_PASSPHRASE
  if (process.stdin.isTTY) process.stderr.write('It seals a key that signs in this person’s name. It cannot be looked up; an administrator can only replace the key.\n')
  return typeTwice(`New passphrase of ${handle}`, 'Use --passphrase-file FILE or STRONGROOM_PASSPHRASE.')
}

/**
 * A passphrase that takes the place of somebody's own, or that somebody else is given. STRONGROOM_PASSPHRASE is the present one of whoever acts, so this is
 * in a file or typed.
 */
export async function askChosenPassphrase(file: string | undefined, handle?: string): Promise<string> {
  const prompt = handle === undefined ? 'New passphrase' : `New passphrase of ${handle}`
  return file === undefined ? typeTwice(prompt, 'Use --new-passphrase-file FILE.') : readPassphraseFile(file)
}

async function typeTwice(prompt: string, instead: string): Promise<string> {
  const passphrase = await typePassphrase(prompt, instead)
  if ((await typePassphrase('The same again', instead)) === passphrase) return passphrase
  throw new RequestError('invalid-request', 'The two passphrases differ. Nothing was changed; start again.')
}

function readPassphraseFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '')
  } catch {
    throw new RequestError('invalid-path', `The passphrase file ${file} cannot be read.`)
  }
}

async function typePassphrase(prompt: string, instead: string): Promise<string> {
  if (process.stdin.isTTY) return readHidden(`${prompt}: `)
  throw new RequestError('invalid-request', `${prompt}: there is no terminal to ask on. ${instead}`)
}

/** A line that is typed and seen; empty where there is no terminal. */
export async function askLine(prompt: string): Promise<string> {
  if (!process.stdin.isTTY) return ''
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(prompt)).trim()
  } finally {
    terminal.close()
  }
}

function readHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process
  // Before the prompt: who types as soon as it is there must not see it.
  stdin.setRawMode(true)
  stderr.write(prompt)
  stdin.resume()
  stdin.setEncoding('utf8')
  return new Promise((resolve, reject) => {
    let typed = ''
    const end = () => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
    }
    const onData = (text: string) => {
      for (const key of text) {
        if (key === '\r' || key === '\n' || key === '\u0004') {
          end()
          resolve(typed)
          return
        }
        if (key === '\u0003') {
          end()
          reject(new RequestError('cancelled', 'Cancelled.'))
          return
        }
        typed = key === '\u007f' || key === '\b' ? [...typed].slice(0, -1).join('') : typed + key
      }
    }
    stdin.on('data', onData)
  })
}
