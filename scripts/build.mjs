/**
 * Builds everything that runs into build/: main/ (processes), renderer/ (window), bin/ (what stages find on their PATH), resources/.
 * `node scripts/build.mjs [processes] [renderer]` builds only what is named.
 */
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { build } from 'vite'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, 'build')

/** Native modules stay outside the bundles: they find their binary beside themselves. */
const NATIVE = ['better-sqlite3', 'node-pty', 'onnxruntime-node', 'electron']

const ENTRIES = {
  strongroom: 'main/cli/strongroom.ts',
  orchestrator: 'main/orchestrator/process.ts',
  runner: 'main/training/runner/process.ts',
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

async function buildRenderer() {
  await build({
    configFile: false,
    root: join(root, 'renderer'),
    base: './',
    logLevel: 'warn',
    plugins: [react()],
    build: {
      target: 'chrome140',
      outDir: join(out, 'renderer'),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      manifest: 'assets.json',
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: { index: join(root, 'renderer/index.html'), gallery: join(root, 'renderer/gallery.html') } },
    },
  })
}

/** Tests, and what a run of a sample leaves behind, stay out. */
const isShipped = (path) => !/(\.test\.ts|_test\.py|[/\\](testing|__pycache__|data|models|reports))$/.test(path)

/** The folder that stands first on a stage's PATH: `node` is the pinned one, `strongroom` this build. */
function writeBin() {
  const bin = join(out, 'bin')
  rmSync(bin, { recursive: true, force: true })
  mkdirSync(bin, { recursive: true })
  if (process.platform === 'win32') {
    writeFileSync(join(bin, 'node.cmd'), `@"${process.execPath}" %*\r\n`)
    writeFileSync(join(bin, 'strongroom.cmd'), `@"${process.execPath}" "%~dp0..\\main\\strongroom.js" %*\r\n`)
    return
  }
  writeFileSync(join(bin, 'node'), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`)
  writeFileSync(join(bin, 'strongroom'), `#!/bin/sh\nexec '${process.execPath}' "$(dirname "$0")/../main/strongroom.js" "$@"\n`)
  for (const name of ['node', 'strongroom']) chmodSync(join(bin, name), 0o755)
}

const parts = {
  processes: async () => {
    await buildProcesses()
    await buildPreload()
    writeBin()
    rmSync(join(out, 'resources'), { recursive: true, force: true })
    cpSync(join(root, 'resources'), join(out, 'resources'), { recursive: true, filter: isShipped })
  },
  renderer: buildRenderer,
}
const wanted = process.argv.slice(2)
for (const [name, build] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await build()
