import { readFileSync } from 'node:fs'
import { RequestError } from '../../shared/contract/index.ts'

/**
 * The passphrase from `--passphrase-file` (`-` is standard input), from STRONGROOM_PASSPHRASE, or typed without echo. It is never taken from the
 * command line, where other users of the machine could read it.
 */
export async function askPassphrase(prompt: string, file: string | undefined): Promise<string> {
  if (file !== undefined) {
    try {
      return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '')
    } catch {
      throw new RequestError('invalid-path', `The passphrase file ${file} cannot be read.`)
    }
  }
  if (process.env.STRONGROOM_PASSPHRASE) return process.env.STRONGROOM_PASSPHRASE
  if (!process.stdin.isTTY) {
    throw new RequestError('invalid-request', `${prompt}: there is no terminal to ask on. Use --passphrase-file FILE or STRONGROOM_PASSPHRASE.`)
  }
  return readHidden(`${prompt}: `)
}

/**
 * A passphrase that is to be: typed twice where it is typed, as nobody else knows it and nothing opens the key without it. Throws
 * `invalid-request` when the two differ.
 */
export async function askNewPassphrase(handle: string, file: string | undefined): Promise<string> {
  const isTyped = file === undefined && !process.env.STRONGROOM_PASSPHRASE
  if (isTyped && process.stdin.isTTY) process.stderr.write('It seals a key that signs in this person’s name. It cannot be recovered or reset.\n')
  const passphrase = await askPassphrase(`New passphrase of ${handle}`, file)
  if (isTyped && (await askPassphrase('The same again', file)) !== passphrase) {
    throw new RequestError('invalid-request', 'The two passphrases differ. Nothing was changed; start again.')
  }
  return passphrase
}

function readHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(prompt)
  stdin.setRawMode(true)
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
