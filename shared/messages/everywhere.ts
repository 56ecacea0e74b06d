/** Words that mean the same in every view. Counts come formatted. */
export const everywhereMessages = {
  readAgain: 'Read again',
  details: 'Details',
  cancel: 'Cancel',
  /** What has to be entered before an act, by the names of its fields. */
  missing: (names: readonly string[]) => `Still missing: ${names.join(', ')}.`,
  typed: (phrase: string) => `“${phrase}”`,
  close: 'Close',
  copyHash: 'Copy hash',
  copied: 'Copied',
  showPassphrase: 'Show passphrase',
  hidePassphrase: 'Hide passphrase',
  entry: (seq: string) => `#${seq}`,
} as const
