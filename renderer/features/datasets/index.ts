export { DatasetsPage, type DatasetsPageProps } from './datasets-page.tsx'
