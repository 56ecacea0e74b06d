/** Time that a browser may take to begin reading the file, in ms. */
const GRACE = 60_000

/** Hands a file to the person, the way a browser does: by its download folder or its dialog. */
export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), GRACE)
}
