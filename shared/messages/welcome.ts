/** Words of the first run and of signing in. */
export const welcomeMessages = {
  product: 'Strongroom',
  signIn: {
    title: 'Sign in',
    handle: 'Sign-in name',
    passphrase: 'Passphrase',
    show: 'Show passphrase',
    hide: 'Hide passphrase',
    submit: 'Sign in',
    origin: 'Ledger',
    organisation: 'Organisation',
    noHandle: 'Enter your sign-in name.',
    noPassphrase: 'Enter your passphrase.',
    wait: (seconds: number) => `Too many wrong passphrases. Signing in opens again in ${seconds} s.`,
    forgot: 'A passphrase cannot be recovered. An administrator can enrol you anew.',
  },
} as const
