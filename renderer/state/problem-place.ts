import type { Problem } from '../../shared/contract/index.ts'

/** `dvc.yaml:12:5`, as far as it is known. */
export function placeOf({ file, line, column }: Problem): string {
  return [file, line, column].filter((part) => part !== null).join(':')
}
