/**
 * Builds everything that runs into build/: main/ (processes), renderer/ (window), bin/ (what stages find on their PATH), resources/; and
 * gallery/, the design layer's own page. `node scripts/build.mjs [processes] [renderer] [gallery]` builds only what is named.
 */
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { build } from 'vite'
import { writeStageBin } from './stage-bin.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, 'build')

/** Native modules stay outside the bundles: they find their binary beside themselves. Electron brings its own two. */
const NATIVE = ['better-sqlite3', 'node-pty', 'onnxruntime-node', 'electron', 'original-fs']

const ENTRIES = {
  strongroom: 'main/cli/strongroom.ts',
  orchestrator: 'main/orchestrator/process.ts',
  runner: 'main/training/runner/process.ts',
  'ledger-verifier': 'main/ledger/verify-thread.ts',
  'file-thread': 'main/content/file-thread.ts',
  desktop: 'main/desktop/main.ts',
}

async function buildProcesses() {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    ssr: { noExternal: true, external: NATIVE },
    build: {
      ssr: true,
      target: 'node24',
      outDir: join(out, 'main'),
      emptyOutDir: true,
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(root, file)])),
        external: NATIVE,
        output: { format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  })
}

/** A sandboxed preload cannot be a module: Electron loads it as CommonJS. */
async function buildPreload() {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: {
      ssr: true,
      outDir: join(out, 'main'),
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input: { preload: join(root, 'main/desktop/preload.ts') },
        external: NATIVE,
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  })
}

/** A page of renderer/, with what it loads, in a folder of its own. */
async function buildPage(page, folder) {
  await build({
    configFile: false,
    root: join(root, 'renderer'),
    base: './',
    logLevel: 'warn',
    plugins: [react()],
    build: {
      target: 'chrome140',
      outDir: join(out, folder),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      manifest: 'assets.json',
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: join(root, 'renderer', page) },
    },
  })
}

/** Tests, and what a run of a sample leaves behind, stay out. */
const isShipped = (path) => !/(\.test\.ts|_test\.py|[/\\](testing|__pycache__|data|models|reports))$/.test(path)

/** What pages of paper are set in; the window's stylesheet brings its own. */
const PAPER_FONTS = [
  ['ibm-plex-sans', ['400', '600']],
  ['ibm-plex-mono', ['400']],
]

function copyFonts(target) {
  for (const [family, weights] of PAPER_FONTS) {
    const files = join(root, 'node_modules', '@fontsource', family, 'files')
    const wanted = readdirSync(files).filter((name) => weights.some((weight) => name.endsWith(`-${weight}-normal.woff`)))
    mkdirSync(join(target, family, 'files'), { recursive: true })
    for (const name of wanted) cpSync(join(files, name), join(target, family, 'files', name))
    cpSync(join(files, '..', 'LICENSE'), join(target, family, 'LICENSE'))
  }
}

/** pdfkit looks for the colour profile of PDF/A beside its own code, which is a chunk by now. */
function copyColourProfile() {
  const profile = 'sRGB_IEC61966_2_1.icc'
  mkdirSync(join(out, 'main', 'chunks', 'data'), { recursive: true })
  cpSync(join(root, 'node_modules', 'pdfkit', 'js', 'data', profile), join(out, 'main', 'chunks', 'data', profile))
}

const parts = {
  processes: async () => {
    await buildProcesses()
    await buildPreload()
    writeStageBin(join(out, 'bin'), { node: process.execPath, cli: '../main/strongroom.js' })
    rmSync(join(out, 'resources'), { recursive: true, force: true })
    cpSync(join(root, 'resources'), join(out, 'resources'), { recursive: true, filter: isShipped })
    copyFonts(join(out, 'resources', 'fonts'))
    copyColourProfile()
  },
  renderer: () => buildPage('index.html', 'renderer'),
  // Apart from what ships: it is for whoever builds the window.
  gallery: () => buildPage('gallery.html', 'gallery'),
}
const wanted = process.argv.slice(2)
for (const [name, build] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await build()
