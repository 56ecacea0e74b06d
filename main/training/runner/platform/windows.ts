/**
 * How a command line reaches cmd.exe whole. As one text, since a list of arguments would have its quotes escaped with backslashes, which
 * cmd does not know; with /s it takes off the first quote and the last one, and keeps all between as it is.
 */
export function windowsShell(command: string, comSpec = 'cmd.exe'): { file: string; args: string } {
  return { file: comSpec, args: `/d /s /c "${command}"` }
}
