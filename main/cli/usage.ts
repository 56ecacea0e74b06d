import type { Command, CommanderError } from 'commander'
import { RequestError } from '../../shared/contract/index.ts'

/** Lets each command say all options that it misses at once: Commander says the first, and its words are not those of other errors. */
export function requireOptionsAtOnce(program: Command, path = program.name()): void {
  for (const command of program.commands) {
    const own = `${path} ${command.name()}`
    requireOptionsAtOnce(command, own)
    const required = command.options.filter(({ mandatory }) => mandatory)
    if (required.length === 0) continue
    for (const option of required) option.makeOptionMandatory(false)
    command.hook('preAction', () => {
      const missing = required.filter((option) => command.getOptionValue(option.attributeName()) === undefined)
      if (missing.length === 0) return
      const listed = missing.map(({ flags, description }) => ({ code: 'missing-option', file: null, line: null, column: null, message: `${flags}: ${description}` }))
      const one = missing.length === 1 ? ` (${missing[0]?.description ?? ''})` : ''
      throw new RequestError('invalid-request', `'${own}' needs ${missing.map(({ flags }) => flags).join(', ')}${one}. See '${own} --help'.`, listed)
    })
  }
}

/** What Commander refuses in a command line, as a request that failed; null where it has shown what was asked for. */
export function asUsageError({ code, message }: CommanderError): RequestError | null {
  if (/^commander\.(help|helpDisplayed|version)$/.test(code)) return null
  const [first = '', ...more] = message.replace(/^error: /, '').split('\n')
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`
  return new RequestError('invalid-request', [/[.?]$/.test(sentence) ? sentence : `${sentence}.`, ...more, 'See --help.'].join(' '))
}
