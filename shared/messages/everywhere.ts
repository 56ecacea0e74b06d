/** Words that mean the same in every view. Counts come formatted. */
export const everywhereMessages = {
  readAgain: 'Read again',
  details: 'Details',
  cancel: 'Cancel',
  close: 'Close',
  copyHash: 'Copy hash',
  copied: 'Copied',
  showPassphrase: 'Show passphrase',
  hidePassphrase: 'Hide passphrase',
  entry: (seq: string) => `#${seq}`,
} as const
