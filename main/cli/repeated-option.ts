/** Parses an option that may be given again: all of its values, in order. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value]
