/** Time that a browser may take to begin reading the file, in ms: as long as its dialog is looked at. */
const GRACE = 60_000

/** Offers a text as a file to save, byte for byte in UTF-8. */
export function saveText(name: string, text: string): void {
  saveBytes(name, text)
}

/** Offers bytes as a file to save, the way a browser does: by its download folder or its dialog. */
export function saveBytes(name: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), GRACE)
}
