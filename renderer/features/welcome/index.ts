import { lazy } from 'react'

export { FirstPassphrase } from './first-passphrase.tsx'
export type { SetUpProps } from './set-up.tsx'
export { WaitingLedger } from './waiting-ledger.tsx'
export { SignIn, type SignInProps } from './sign-in.tsx'

/** The first run happens once; its code comes only then. */
export const SetUp = lazy(async () => ({ default: (await import('./set-up.tsx')).SetUp }))
