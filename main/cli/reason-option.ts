import { Option, type Command } from 'commander'

export interface WhyOptions {
  readonly reason?: string
  readonly comment?: string
}

/** Lets a command say why it does what it does. `--comment` is what earlier releases called it, and some scripts still do. */
export function withReason(command: Command): Command {
  return command.option('--reason <text>', 'why').addOption(new Option('--comment <text>').hideHelp().conflicts('reason'))
}

/** What was said; empty where nothing was. */
export function reasonIn({ reason, comment }: WhyOptions): string {
  return reason ?? comment ?? ''
}
