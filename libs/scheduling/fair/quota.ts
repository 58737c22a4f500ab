/** What depends on a quota: it looks again when the quota fills up or is free again. */
export type Node = { refresh(): void; leave(): void };

/** How many run of what is limited: of a tenant, of a session, of one agent of a tenant. */
export class Quota {
  /** What is left out of every tree while the quota is full. */
  readonly nodes = new Set<Node>();
  private count = 0;

  constructor(private limit: number) {}

  get running(): number {
    return this.count;
  }

  get isFull(): boolean {
    return this.count >= this.limit;
  }

  /** One more runs, or one less. */
  add(change: 1 | -1): void {
    const before = this.isFull;
    this.count += change;
    if (before !== this.isFull) this.refresh();
  }

  /** Another limit: what runs beyond it runs on, and nothing joins it. */
  limitTo(limit: number): void {
    const before = this.isFull;
    this.limit = limit;
    if (before !== this.isFull) this.refresh();
  }

  refresh(): void {
    for (const node of this.nodes) node.refresh();
  }
}
