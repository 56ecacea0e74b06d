import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { createWitness, readWitness, signRequest, trustLogKey, type WitnessState } from '../../witness/index.ts'
import { complain, facts, print } from '../output.ts'
import { askNewPassphrase, askPassphrase } from '../passphrase.ts'
import type { GlobalOptions } from '../session.ts'

/** The witness's side: a folder of its own, without a workplace or an orchestrator. */
export function addWitnessCommands(program: Command): void {
  const witness = program.command('witness').description('watch another workplace’s ledger from a folder of your own: a second workstation, a USB stick')
  witness
    .command('init <folder>')
    .description('make a witness: a key that cosigns checkpoints of one ledger')
    .requiredOption('--name <name>', 'name of its key, such as audit.example/usb; no spaces')
    .requiredOption('--log-key <key>', 'log key of the ledger: the first line of strongroom ledger keys')
    .option('--no-passphrase', 'leave its key unsealed, in key.pem for you alone; for a machine where nobody is asked')
    .action(async (folder: string, own: { name: string; logKey: string; passphrase: boolean }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const passphrase = own.passphrase ? await askNewPassphrase(`the witness ${own.name}`, options.passphraseFile) : null
      print(await createWitness(folder, { name: own.name, logKey: own.logKey, passphrase }), options.json, describeWitness)
    })
  witness
    .command('show <folder>')
    .description('its key, the ledger that it watches, what it cosigned last, conflicts that it saw')
    .action((folder: string, _: unknown, command: Command) => print(readWitness(folder), command.optsWithGlobals<GlobalOptions>().json, describeWitness))
  witness
    .command('trust <folder>')
    .description('tell it the key that took the place of the log’s, after looking at the entry of the rotation')
    .requiredOption('--log-key <key>', 'the new log key')
    .action((folder: string, own: { logKey: string }, command: Command) => print(trustLogKey(folder, own.logKey), command.optsWithGlobals<GlobalOptions>().json, describeWitness))
  witness
    .command('sign <folder> <request>')
    .description('check that a request continues what was cosigned before, and cosign it (C2SP tlog-witness)')
    .option('--to <file>', 'write the answer there instead of printing it')
    .option('--report <file>', 'where a report goes when the ledger has parted from what was cosigned (default: the answer’s file with .conflict.json)')
    .action(async (folder: string, file: string, own: { to?: string; report?: string }, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>()
      const { name } = readWitness(folder)
      const result = await signRequest(folder, readFileSync(file, 'utf8'), { passphrase: () => askPassphrase(`Passphrase of the witness ${name}`, options.passphraseFile), clock: Date.now })
      if (result.outcome === 'conflict') {
        const report = own.report ?? `${own.to ?? file}.conflict.json`
        writeFileSync(report, result.report)
        process.exitCode = 1
        if (options.json) return print({ ...result, written: report }, true, () => '')
        return complain(`CONFLICT. ${result.message}\nThe report for the workplace and its auditors: ${report}`)
      }
      if (own.to === undefined) return options.json ? print(result, true, () => '') : void process.stdout.write(result.lines)
      writeFileSync(own.to, result.lines)
      print({ ...result, written: own.to }, options.json, ({ size, root }) => `Cosigned ${size} entries, root ${root}.\nCarry ${own.to ?? ''} back: strongroom ledger witness import FILE.`)
    })

  function describeWitness({ name, key, logKeys, sealed, size, conflicts }: WitnessState): string {
    return facts([
      ['Witness', name],
      ['Key', key],
      ...logKeys.map((logKey) => ['Watches', logKey] as const),
      ['Its key is', sealed ? 'sealed by a passphrase' : 'not sealed: whoever reads the folder can cosign'],
      ['Cosigned', size === 0 ? 'nothing yet' : `${size} entries; the cosigned checkpoint is in the file 'latest'`],
      ...conflicts.map((file) => ['CONFLICT', file] as const),
    ])
  }
}
