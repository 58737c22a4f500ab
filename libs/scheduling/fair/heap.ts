/** What can be in a heap: it remembers its place there (-1 outside), so that it is found again without a search. */
export type Placed = { at: number };

/** A binary heap whose items can be taken from the middle, or change their rank: each change is O(log n). */
export class Heap<Item extends Placed> {
  private readonly items: Item[] = [];

  constructor(private readonly isBefore: (one: Item, other: Item) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  /** The first. */
  get top(): Item | undefined {
    return this.items[0];
  }

  push(item: Item): void {
    this.items.push(item);
    this.rise(item, this.items.length - 1);
  }

  /** Takes an item out, wherever it is; one that is not there stays out. */
  remove(item: Item): void {
    const { at } = item;
    if (at < 0) return;
    item.at = -1;
    const last = this.items.pop();
    if (last === undefined || last === item) return;
    this.settle(last, at);
  }

  /** Takes an item to its place after its rank has changed. */
  moved(item: Item): void {
    this.settle(item, item.at);
  }

  private settle(item: Item, at: number): void {
    const parent = this.items[(at - 1) >> 1];
    if (at > 0 && parent !== undefined && this.isBefore(item, parent)) this.rise(item, at);
    else this.sink(item, at);
  }

  private rise(item: Item, from: number): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.items[above] as Item;
      if (!this.isBefore(item, parent)) break;
      this.set(parent, at);
      at = above;
    }
    this.set(item, at);
  }

  private sink(item: Item, from: number): void {
    let at = from;
    for (;;) {
      const below = this.firstBelow(at);
      if (below < 0 || !this.isBefore(this.items[below] as Item, item)) break;
      this.set(this.items[below] as Item, at);
      at = below;
    }
    this.set(item, at);
  }

  /** Of the two below, the one that comes first; -1 where there is none. */
  private firstBelow(at: number): number {
    const left = 2 * at + 1;
    const right = left + 1;
    if (left >= this.items.length) return -1;
    if (right >= this.items.length) return left;
    return this.isBefore(this.items[right] as Item, this.items[left] as Item) ? right : left;
  }

  private set(item: Item, at: number): void {
    this.items[at] = item;
    item.at = at;
  }
}
