/** The whole of what the preload script and the main process say to each other. */
export const CHANNELS = {
  /** Renderer to main: asks for a port to the orchestrator. */
  connect: 'strongroom:connect',
  /** Main to preload, and on to the page: carries the port. */
  port: 'strongroom:port',
  chooseFolder: 'strongroom:choose-folder',
  chooseFile: 'strongroom:choose-file',
} as const
