export { PipelinePage, type PipelinePageProps } from './pipeline-page.tsx'
