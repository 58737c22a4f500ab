import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from './heap.js';

type Item = { at: number; rank: number };

const first = (items: readonly Item[]): number | undefined =>
  items.length === 0 ? undefined : Math.min(...items.map(({ rank }) => rank));

describe('a heap', () => {
  it('has the first on top, whatever is put in, taken out of the middle or changes its rank', () => {
    const change = fc.record({
      does: fc.constantFrom('push', 'push', 'remove', 'move'),
      which: fc.nat(),
      rank: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const heap = new Heap<Item>((one, other) => one.rank < other.rank);
        let items: Item[] = [];
        for (const { does, which, rank } of changes) {
          const item = items[which % Math.max(1, items.length)];
          if (does === 'push') {
            const added = { at: -1, rank };
            items.push(added);
            heap.push(added);
          } else if (item && does === 'remove') {
            items = items.filter((other) => other !== item);
            heap.remove(item);
          } else if (item) {
            item.rank = rank;
            heap.moved(item);
          }
          expect([heap.top?.rank, heap.size]).toEqual([first(items), items.length]);
          expect(items.every(({ at }) => at >= 0)).toBe(true);
        }
      }),
    );
  });

  it('leaves out what is out already', () => {
    const heap = new Heap<Item>(() => false);
    const item = { at: -1, rank: 0 };
    heap.push({ at: -1, rank: 1 });
    heap.remove(item);
    expect(heap.size).toBe(1);
  });
});
