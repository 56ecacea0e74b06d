/** A failure whose message says what to do; anything else is a fault of ours. */
export class PackagingFailed extends Error {}
