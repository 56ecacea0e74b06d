import { saveBytes } from '../../design/index.ts'

/** Offers bytes, which come as base64, as a file to save. */
export function saveBase64(name: string, base64: string): void {
  saveBytes(name, Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)))
}

/** A file as base64, as requests carry bytes. */
export async function readBase64(file: File): Promise<string> {
  let bytes = ''
  for (const byte of new Uint8Array(await file.arrayBuffer())) bytes += String.fromCharCode(byte)
  return btoa(bytes)
}
