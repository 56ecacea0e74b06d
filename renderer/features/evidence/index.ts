export { EvidencePage, type EvidencePageProps } from './evidence-page.tsx'
