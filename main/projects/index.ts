export { Projects } from './projects.ts'
export { copySample, listSamples, type BundledSample } from './samples.ts'
