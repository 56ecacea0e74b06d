export { OwnKeyDialog } from './own-key-dialog.tsx'
export { PassphraseDialog } from './passphrase-dialog.tsx'
