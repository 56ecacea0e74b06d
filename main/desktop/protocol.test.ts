import { describe, expect, it } from 'vitest'
import type { Assets } from '../headless/index.ts'
import { PRIVILEGES, answer } from './protocol.ts'

const page = { body: Buffer.from('<title>Strongroom</title>'), type: 'text/html; charset=utf-8', etag: '"e"', immutable: false }
const assets: Assets = new Map([
  ['/', page],
  ['/index.html', page],
  ['/assets/font-1.woff2', { body: Buffer.from([1, 2, 3]), type: 'font/woff2', etag: '"f"', immutable: true }],
])

const get = (url: string, method = 'GET') => answer(assets, { url, method })

describe('the window’s own scheme', () => {
  it('answers what the build made, under the full policy', async () => {
    const response = get('strongroom://app/')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('<title>Strongroom</title>')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self';")
    expect(policy).toContain("connect-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('answers bytes as they are, with their type', async () => {
    const response = get('strongroom://app/assets/font-1.woff2?v=1')
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([1, 2, 3]))
    expect(response.headers.get('content-type')).toBe('font/woff2')
  })

  it('knows nothing outside the list, however the path is written', () => {
    for (const path of ['../package.json', '..%2fpackage.json', '%2e%2e/package.json', 'assets/', 'assets/../../main/desktop.js', 'package.json']) {
      expect(get(`strongroom://app/${path}`).status, path).toBe(404)
    }
  })

  it('answers no other host, and nothing but GET and HEAD', async () => {
    for (const url of ['strongroom://other/', 'strongroom://app:80/', 'strongroom://x@app/']) expect(get(url).status, url).toBe(403)
    for (const method of ['POST', 'PUT', 'DELETE']) expect(get('strongroom://app/', method).status).toBe(405)
    expect(await get('strongroom://app/', 'HEAD').text()).toBe('')
  })

  it('has no privilege beyond those of a secure page', () => {
    expect(PRIVILEGES.privileges).toEqual({ standard: true, secure: true, supportFetchAPI: true, codeCache: true })
  })
})
