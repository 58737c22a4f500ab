/**
 * An iterator over what `run` generates, whose `return` also ends a `next` that is waiting: a generator alone would
 * let it wait. `run` is called with the first `next`, and must end with its signal, which any of `signals` gives too.
 */
export function closable<T>(
  signals: readonly AbortSignal[],
  run: (ended: AbortSignal) => AsyncGenerator<T, void, undefined>,
): AsyncIterableIterator<T> {
  const end = new AbortController();
  const abort = () => end.abort();
  const forget = () => {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  };
  for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
  if (signals.some(({ aborted }) => aborted)) abort();
  const generator = run(end.signal);
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
