export { ComparePage } from './compare-page.tsx'
export { ModelsPage, type ModelsPageProps } from './models-page.tsx'
export { VersionPage, type VersionPageProps } from './version-page.tsx'
