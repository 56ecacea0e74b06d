/** Offers a text as a file to save, byte for byte in UTF-8. */
export function saveText(name: string, text: string): void {
  saveBytes(name, text)
}

/** Offers bytes as a file to save. */
export function saveBytes(name: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser has taken the blob by the next task.
  setTimeout(() => URL.revokeObjectURL(address))
}
