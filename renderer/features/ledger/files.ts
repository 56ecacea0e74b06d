/** Offers a text as a file to save, byte for byte in UTF-8. */
export function saveText(name: string, text: string): void {
  save(name, text)
}

/** Offers bytes, which come as base64, as a file to save. */
export function saveBase64(name: string, base64: string): void {
  save(name, Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)))
}

/** A file as base64, as requests carry bytes. */
export async function readBase64(file: File): Promise<string> {
  let bytes = ''
  for (const byte of new Uint8Array(await file.arrayBuffer())) bytes += String.fromCharCode(byte)
  return btoa(bytes)
}

function save(name: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has taken the blob by the next task.
  setTimeout(() => URL.revokeObjectURL(address))
}
