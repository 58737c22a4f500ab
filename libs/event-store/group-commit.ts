export type GroupLimits = Readonly<{
  /** Statements under way at once. */
  lanes: number;
  /** @default 300 */
  maxMembers?: number;
  /** @default 1 MiB */
  maxBytes?: number;
}>;

/** What the grouping must know of a member: members of one key never share a batch, nor are they under way at once. */
export type MemberTraits<Member> = Readonly<{
  keyOf(member: Member): string | null;
  bytesOf(member: Member): number;
}>;

/**
 * Makes one write of what waits together. One alone is not delayed: it goes with what was added in the same turn of
 * the event loop. Order is kept within a key.
 */
export class GroupCommit<Member> {
  private readonly waiting = new Set<Member>();
  private readonly busyKeys = new Set<string>();
  private busyLanes = 0;
  private scheduled = false;

  /** @param write settles each member by itself and never rejects */
  constructor(
    private readonly limits: GroupLimits,
    private readonly traits: MemberTraits<Member>,
    private readonly write: (batch: readonly Member[]) => Promise<void>,
  ) {}

  /** How many wait for a lane. */
  get size(): number {
    return this.waiting.size;
  }

  add(member: Member): void {
    this.waiting.add(member);
    this.schedule();
  }

  /** After the input that is there now was read: an embedded database would else block it out, and group nothing. */
  private schedule(): void {
    if (this.scheduled || this.waiting.size === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.fill();
    });
  }

  private fill(): void {
    while (this.busyLanes < this.limits.lanes) {
      const batch = this.take();
      if (batch.length === 0) return;
      void this.run(batch);
    }
  }

  private async run(batch: readonly Member[]): Promise<void> {
    this.busyLanes++;
    try {
      await this.write(batch);
    } finally {
      this.busyLanes--;
      for (const member of batch) this.free(member);
      this.schedule();
    }
  }

  private take(): readonly Member[] {
    const { maxMembers = 300, maxBytes = 1024 * 1024 } = this.limits;
    const batch: Member[] = [];
    let bytes = 0;
    for (const member of this.waiting) {
      if (this.isBusy(member)) continue;
      bytes += this.traits.bytesOf(member);
      if (batch.length > 0 && bytes > maxBytes) break;
      batch.push(member);
      this.occupy(member);
      if (batch.length === maxMembers) break;
    }
    for (const member of batch) this.waiting.delete(member);
    return batch;
  }

  private isBusy(member: Member): boolean {
    const key = this.traits.keyOf(member);
    return key !== null && this.busyKeys.has(key);
  }

  private occupy(member: Member): void {
    const key = this.traits.keyOf(member);
    if (key !== null) this.busyKeys.add(key);
  }

  private free(member: Member): void {
    const key = this.traits.keyOf(member);
    if (key !== null) this.busyKeys.delete(key);
  }
}
