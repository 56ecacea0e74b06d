import type { Asset } from './assets.ts'

/**
 * The policy of the window, the same in a browser and on the desktop. No script but ours, no `eval`, no request but to ourselves.
 * Styles may be inline: xterm.js and React Aria insert style elements and offer no nonce, and a report previewed through `srcdoc` inherits
 * this policy with its own style sheet. What a style could leak by loading an image or font is stopped by the lines for those.
 *
 * @param connect sources for fetch and sockets, beside `'self'`.
 */
export function contentSecurityPolicy(connect: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    ["connect-src 'self'", ...connect].join(' '),
    "worker-src 'self' blob:",
    "frame-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

const UNUSED_FEATURES = [
  'accelerometer',
  'autoplay',
  'camera',
  'clipboard-read',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'hid',
  'idle-detection',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'publickey-credentials-get',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
]

/** Headers that every answer to a window carries. */
export function securityHeaders(connect: readonly string[]): Record<string, string> {
  return {
    'Content-Security-Policy': contentSecurityPolicy(connect),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': UNUSED_FEATURES.map((feature) => `${feature}=()`).join(', '),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'X-DNS-Prefetch-Control': 'off',
  }
}

/** Headers that describe one asset. */
export function assetHeaders(asset: Asset): Record<string, string> {
  return {
    'Content-Type': asset.type,
    'Content-Length': String(asset.body.length),
    ETag: asset.etag,
    'Cache-Control': asset.immutable ? 'private, max-age=31536000, immutable' : 'private, no-cache',
  }
}
