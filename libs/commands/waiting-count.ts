const NONE: ReadonlyMap<string, number> = new Map();

/** How many tasks wait, as counted a moment ago, and what this process has let in since. */
export class WaitingCount {
  private counted = NONE;
  private total = 0;
  /** Let in since the count that is known, and since the one that is under way. */
  private since = new Map<string, number>();
  private meanwhile = new Map<string, number>();
  private countedAtMs = -Infinity;

  /** One more was let in. */
  add(tenant: string): void {
    for (const counts of [this.since, this.meanwhile]) counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  }

  of(tenant: string): number {
    return (this.counted.get(tenant) ?? 0) + (this.since.get(tenant) ?? 0);
  }

  ofAll(): number {
    return sum(this.since.values()) + this.total;
  }

  ageMs(nowMs: number): number {
    return nowMs - this.countedAtMs;
  }

  /** A count begins: what is let in from now on may not be in it. */
  begin(): void {
    this.meanwhile = new Map();
  }

  /** It is done. */
  end(counted: ReadonlyMap<string, number>, nowMs: number): void {
    this.counted = counted;
    this.total = sum(counted.values());
    this.since = this.meanwhile;
    this.meanwhile = new Map(this.since);
    this.countedAtMs = nowMs;
  }
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);
