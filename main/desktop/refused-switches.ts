import type { CommandLine } from 'electron'

/**
 * Switches of Chromium that take away what the window is protected by. An installed product does not start with one of them: anybody who
 * can edit a shortcut could otherwise have a page debugged from outside, or run without its sandbox.
 */
const REFUSED = [
  // No sandbox, or less of one; the AppImage's launcher gives the first where the system has none.
  'no-sandbox', 'disable-setuid-sandbox', 'disable-namespace-sandbox', 'disable-seccomp-filter-sandbox', 'disable-gpu-sandbox', 'single-process', 'in-process-gpu',
  // A debugger from outside.
  'remote-debugging-port', 'remote-debugging-pipe', 'remote-debugging-address', 'remote-debugging-io-pipes', 'remote-allow-origins', 'auto-open-devtools-for-tabs',
  'inspect', 'inspect-brk', 'inspect-port', 'inspect-publish-uid', 'js-flags',
  // Another program in place of Chromium's own.
  'renderer-cmd-prefix', 'utility-cmd-prefix', 'gpu-launcher', 'browser-subprocess-path', 'load-extension',
  // Walls between origins, and the way out.
  'disable-web-security', 'disable-site-isolation-trials', 'allow-file-access-from-files', 'allow-running-insecure-content', 'ignore-certificate-errors',
  'enable-blink-features', 'host-rules', 'host-resolver-rules', 'proxy-server', 'proxy-pac-url', 'proxy-auto-detect',
] as const

/**
 * Takes the switches off, so that Chromium never acts on them, and answers which there were. Must run before the application sets its own,
 * and before it is ready.
 */
export function takeRefusedSwitches(commandLine: Pick<CommandLine, 'hasSwitch' | 'removeSwitch'>): string[] {
  const found = REFUSED.filter((name) => commandLine.hasSwitch(name))
  for (const name of found) commandLine.removeSwitch(name)
  return found
}
