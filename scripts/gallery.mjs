/** Serves the gallery of the design layer from build/gallery on 127.0.0.1 and prints its address. Ctrl C ends it. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { preview } from 'vite'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, 'build', 'gallery')

if (!existsSync(join(out, 'gallery.html'))) {
  process.stderr.write(`There is no gallery in ${out}. Run npm run build first.\n`)
  process.exit(1)
}

const server = await preview({
  configFile: false,
  root: join(root, 'renderer'),
  logLevel: 'warn',
  build: { outDir: out },
  preview: { host: '127.0.0.1', port: 4173, strictPort: false, open: false },
})
const [address] = server.resolvedUrls?.local ?? []
if (address === undefined) throw new Error('the gallery has no address')
process.stdout.write(`Gallery: ${new URL('gallery.html', address).href}\n`)
