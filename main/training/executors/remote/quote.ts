/**
 * One word of a POSIX shell, whatever is in it: within single quotes everything but a single quote stands for itself (POSIX.1-2024, XCU 2.2.2). Throws for
 * a NUL, which no argument of a program can hold.
 */
export function quoteWord(text: string): string {
  if (text.includes('\0')) throw new Error('A word of a shell cannot hold NUL.')
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Text that makes words the arguments of a shell, for files that it reads with `.`. */
export function setArguments(words: readonly string[]): string {
  return `set -- ${words.map(quoteWord).join(' ')}\n`
}
