import type { CustomScheme, Protocol } from 'electron'
import { assetHeaders, securityHeaders, type Assets } from '../headless/index.ts'

export const SCHEME = 'strongroom'
export const ORIGIN = `${SCHEME}://app`
export const START_PAGE = `${ORIGIN}/`

/** Must be registered before the app is ready. No service workers, no CSP bypass, no CORS: only what a page of ours needs. */
export const PRIVILEGES: CustomScheme = { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }

/** Whether a URL is one of ours, with nothing hidden in it: no port, no credentials. */
export function isOwnUrl(url: string): boolean {
  return url === ORIGIN || url.startsWith(START_PAGE)
}

/** Answers a request of the window from the list that the build made. Pure: no file is opened, whatever the URL says. */
export function answer(assets: Assets, request: { readonly url: string; readonly method: string }): Response {
  const headers = securityHeaders([])
  if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405, headers })
  if (!isOwnUrl(request.url)) return new Response(null, { status: 403, headers })
  const asset = assets.get(new URL(request.url).pathname)
  if (!asset) return new Response(null, { status: 404, headers })
  const body = request.method === 'HEAD' ? null : new Uint8Array(asset.body)
  return new Response(body, { status: 200, headers: { ...headers, ...assetHeaders(asset) } })
}

/** Serves the window's pages to one session. */
export function serveAssets(protocol: Pick<Protocol, 'handle'>, assets: Assets): void {
  protocol.handle(SCHEME, (request) => answer(assets, request))
}
