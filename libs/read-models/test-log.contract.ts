import type { DataSource } from 'typeorm';
import { Feed, ORIGIN, WakeUps, compareCursors } from '#contract';
import type { AuditEntry, Cursor, FeedEvent, FollowOptions } from '#contract';
import type { Commit, LogName, LoggedAudit, Stored, StoredWithText } from '#event-store';
import type { TaskEvent } from '#task';
import { USUAL } from '#test/given';
import { MemoryEventStore } from '#test/memory-event-store';

/** A log in memory with audit records, and texts beside the tasks. */
export class TestLog extends MemoryEventStore {
  readonly audits: LoggedAudit[] = [];
  private db: DataSource | null = null;

  /** Has audit records in a database too, where their projection finds them. */
  keepAuditIn(db: DataSource): void {
    this.db = db;
  }

  override async append(commit: Commit): Promise<Stored> {
    const stored = await super.append(commit);
    if (commit.audit) await this.record(commit.audit);
    return stored;
  }

  override async record(entry?: AuditEntry): Promise<void> {
    if (!entry) return;
    const { id: entryId, tenant, at } = entry;
    const [xid, position] = [`${500 + this.audits.length}`, String(this.audits.length + 1)];
    const text = JSON.stringify(entry);
    this.audits.push({ cursor: { incarnation: 1, xid, position }, id: entryId, text });
    await this.db?.query(
      'insert into audit (id, incarnation, tenant, at, entry) values ($1, 1, $2, $3, $4)',
      [entryId, tenant, at, text],
    );
  }

  override async auditTail(after: Cursor = ORIGIN, limit = 500): Promise<readonly LoggedAudit[]> {
    return this.audits.filter(({ cursor }) => compareCursors(cursor, after) > 0).slice(0, limit);
  }

  override async loadWithText(taskId: string): Promise<StoredWithText | null> {
    const stored = await this.load(taskId);
    const [first] = await this.history(taskId);
    return (
      stored && { ...stored, input: first?.type === 'TaskSubmitted' ? first.data.input : '', output: null }
    );
  }

  override async head(
    since: Cursor,
    log: LogName = 'commits',
  ): Promise<Readonly<{ cursor: Cursor; behind: number }>> {
    if (log === 'commits') return super.head(since);
    const after = await this.auditTail(since);
    return { cursor: this.audits.at(-1)?.cursor ?? since, behind: after.length };
  }

  /** As a restore of an older backup leaves it. */
  lose(commits: number): void {
    this.commits.splice(this.commits.length - commits, commits);
  }
}

/** A feed that delivers what it is told to, when it is told to. */
export class HandFeed extends Feed {
  private readonly handlers = new Set<(events: readonly FeedEvent[]) => Promise<void>>();

  override follow(_options: FollowOptions, handler: (events: readonly FeedEvent[]) => Promise<void>) {
    this.handlers.add(handler);
    return Promise.resolve(async () => {
      this.handlers.delete(handler);
    });
  }

  get attached(): number {
    return this.handlers.size;
  }

  async deliver(events: readonly FeedEvent[]): Promise<void> {
    for (const handler of this.handlers) await handler(events);
  }
}

/** Wake-ups that nobody sends. */
export const quiet = { listen: async () => async () => undefined } as unknown as WakeUps;

export const usual = (...types: readonly (keyof typeof USUAL)[]): readonly TaskEvent[] =>
  types.map((type) => ({ type, data: USUAL[type] }) as TaskEvent);

export const id = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
