/**
 * An iterator over what `run` generates, whose `return` also ends a `next` that is waiting: a generator alone would
 * let it wait. `run` is called with the first `next`, and must end when its controller aborts, which
 * `signal` makes it do too.
 */
export function closable<T>(
  signal: AbortSignal | undefined,
  run: (end: AbortController) => AsyncGenerator<T, void, undefined>,
): AsyncIterableIterator<T> {
  const end = new AbortController();
  const abort = () => end.abort();
  const forget = () => signal?.removeEventListener('abort', abort);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  const generator = run(end);
  const settle = async (result: Promise<IteratorResult<T, void>>): Promise<IteratorResult<T, void>> => {
    try {
      const settled = await result;
      if (settled.done) forget();
      return settled;
    } catch (error) {
      forget();
      throw error;
    }
  };
  const iterator: AsyncIterableIterator<T> = {
    next: () => settle(generator.next()),
    return: () => {
      abort();
      return settle(generator.return());
    },
    throw: (error: unknown) => {
      abort();
      return settle(generator.throw(error));
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
