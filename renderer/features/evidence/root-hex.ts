/** A tree root as the ledger states it (base64, as in a signed note), in the hexadecimal that every other hash is shown in. */
export function rootHex(base64: string): string {
  return Array.from(atob(base64), (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}
