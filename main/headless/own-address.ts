/** The names by which a browser on this machine, or at the end of a port forward with the same port, reaches the gateway. */
const NAMES = ['127.0.0.1', 'localhost', '[::1]']

/**
 * Whether a Host header names this gateway. A page that rebinds its own DNS name to 127.0.0.1 reaches our port, but its browser still
 * sends its name here.
 */
export function isOwnHost(host: string | undefined, port: number): host is string {
  return host !== undefined && NAMES.some((name) => host === `${name}:${port}`)
}

/**
 * Whether a WebSocket was opened by our own page. Browsers let any site open a WebSocket anywhere and send cookies along; only the Origin
 * header, which a page cannot set, tells them apart.
 */
export function isOwnOrigin(origin: string | undefined, host: string): boolean {
  return origin === `http://${host}`
}

/**
 * One cookie a port: cookies ignore ports, so that two gateways on one machine would otherwise overwrite each other's.
 * For the same reason a browser shows this cookie to every server on this machine that its user visits; it is no use without a local client.
 */
export function cookieName(port: number): string {
  return `strongroom-${port}`
}

/** Reads one cookie from a Cookie header (RFC 6265, section 5.4). Our values need no decoding. */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(';') ?? []) {
    const [key, value] = pair.split('=', 2)
    if (key?.trim() === name) return value?.trim() ?? null
  }
  return null
}
