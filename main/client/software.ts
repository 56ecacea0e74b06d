import packageFile from '../../package.json' with { type: 'json' }

/** How entries and packs name the program that wrote them. */
export const SOFTWARE = `strongroom ${packageFile.version}`
