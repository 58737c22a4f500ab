/** An iterator that is opened with the first read: what cannot be had at once is asked for when it is needed. */
export function openedLater<Item>(open: () => Promise<AsyncIterator<Item>>): AsyncIterableIterator<Item> {
  let opening: Promise<AsyncIterator<Item>> | null = null;
  let over = false;
  return {
    async next() {
      if (over) return { done: true, value: undefined };
      opening ??= open();
      return (await opening).next();
    },
    async return() {
      over = true;
      const inner = await opening?.catch(() => null);
      await inner?.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
