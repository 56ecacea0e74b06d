/** Files worked on at once: while one waits for the disk, another is read and hashed. */
const PARALLEL_FILES = 4

/** Maps with a few promises under way, keeping the order. Once one rejects, no further item is begun; it rejects when none is under way. */
export async function mapInParallel<T, R>(items: Iterable<T>, work: (item: T) => Promise<R>, most = PARALLEL_FILES): Promise<R[]> {
  const results: R[] = []
  const queue = inTurn(items)
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  const ends = await Promise.allSettled(Array.from({ length: most }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return results
}

/** A generator and no array's iterator: whoever leaves its loop by an error ends it for all who share it. */
function* inTurn<T>(items: Iterable<T>): Generator<[number, T]> {
  let index = 0
  for (const item of items) yield [index++, item]
}
