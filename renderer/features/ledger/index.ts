export { LedgerPage, type LedgerPageProps } from './ledger-page.tsx'
