import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { GatewayError } from './gateway-error.ts'

export interface Asset {
  readonly body: Buffer
  readonly type: string
  /** Quoted, as the ETag header wants it. */
  readonly etag: string
  /** The name carries a hash of the content, so that a browser never needs to ask again. */
  readonly immutable: boolean
}

/** URL path (`/index.html`, `/assets/index-4f1a.js`; `/` too) to content. What is not a key does not exist. */
export type Assets = ReadonlyMap<string, Asset>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.wasm': 'application/wasm',
}

/** Vite's own list of what it built, and source maps: of no use to a window. */
const LEFT_OUT = new Set(['.map', '.json'])

function readAsset(file: string, hashed: boolean): Asset {
  const body = readFileSync(file)
  const digest = createHash('sha256').update(body).digest('base64url')
  return { body, type: TYPES[extname(file)] ?? 'application/octet-stream', etag: `"${digest}"`, immutable: hashed }
}

/**
 * Reads what the build wrote, once. From then on a request is answered from this list by its exact path: no path that a client sends ever
 * reaches the file system. Links are not followed.
 *
 * @throws GatewayError `renderer-missing` when the folder holds no index.html.
 */
export function readAssets(folder: string): Assets {
  if (!existsSync(join(folder, 'index.html'))) {
    throw new GatewayError('renderer-missing', `${folder} holds no built interface (index.html). Run \`npm run build\` first.`)
  }
  const assets = new Map<string, Asset>()
  const walk = (directory: string, prefix: string) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = `${prefix}/${entry.name}`
      if (entry.isDirectory()) walk(join(directory, entry.name), path)
      else if (entry.isFile() && !LEFT_OUT.has(extname(entry.name))) {
        assets.set(encodeURI(path), readAsset(join(directory, entry.name), path.startsWith('/assets/')))
      }
    }
  }
  walk(folder, '')
  const index = assets.get('/index.html')
  if (index) assets.set('/', index)
  return assets
}
