import { useState } from 'react'

/** A size in px that this window remembers, under a name. Where nothing can be remembered, the first size holds. */
export function useRememberedSize(name: string, first: number): readonly [number, (size: number) => void] {
  const key = `strongroom.size.${name}`
  const [size, setSize] = useState(() => readSize(key) ?? first)
  const remember = (next: number) => {
    setSize(next)
    try {
      localStorage.setItem(key, String(next))
    } catch {
      // Storage is full or closed: the size holds until the window does.
    }
  }
  return [size, remember]
}

function readSize(key: string): number | undefined {
  try {
    const size = Number(localStorage.getItem(key) ?? Number.NaN)
    return Number.isFinite(size) ? size : undefined
  } catch {
    return undefined
  }
}
