import type { AuditEntry, Cursor } from '#contract';
import { MeshError, isMeshError } from '#errors';
import type { Recorded } from '#task';
import { untilBack } from './answering.js';
import { isUuid, movesQueue } from './append-batch.js';
import { EventStore } from './event-store.js';
import type {
  AuditPlace,
  Commit,
  LeasedTask,
  LogName,
  LoggedAudit,
  LoggedCommit,
  Moves,
  QueuedTask,
  Stored,
  StoredWithText,
} from './event-store.js';
import { GroupedLoads } from './grouped-loads.js';
import { ensureIncarnation } from './incarnation.js';
import { auditOf, auditPlaceOf, commitOf, cursorOf, recordedOf, storedOf } from './log-rows.js';
import type {
  AuditPlaceRow,
  AuditRow,
  CommitRow,
  HistoryRow,
  PlaceRow,
  TaskRow,
  TextRow,
} from './log-rows.js';
import { PostgresAppender, unavailable } from './postgres.appender.js';
import type { AppenderOptions } from './postgres.appender.js';
import type { Database } from './postgres.database.js';
import { QueueReads } from './queue-reads.js';
import * as sql from './read.sql.js';
import { SnapshotCache } from './snapshot-cache.js';
import { fateOf } from './sql-errors.js';

export type EventStoreOptions = Partial<AppenderOptions>;

const LANES = { postgres: 2, pglite: 1 } as const;
const TABLES = { commits: 'commit_log', audit: 'audit' } as const;
const ALL = 2_147_483_647;

/** The log in Postgres, on a server or embedded. The task's row is the guard; see append.sql.ts. */
export class PostgresEventStore extends EventStore {
  private readonly memory = new SnapshotCache();
  private readonly listeners: ((commit: Readonly<{ queueChanged: boolean }>) => void)[] = [];
  private readonly queue = new QueueReads((name, text, values) => this.read(name, text, values));
  private readonly appender: PostgresAppender;
  private readonly loads: GroupedLoads<Stored>;
  private readonly textLoads: GroupedLoads<StoredWithText>;

  constructor(
    private readonly db: Pick<Database, 'pool' | 'kind'>,
    private readonly options: EventStoreOptions = {},
  ) {
    super();
    const lanes = options.lanes ?? LANES[db.kind];
    this.appender = new PostgresAppender(db.pool, { ...options, lanes });
    this.loads = new GroupedLoads(lanes, (ids) => this.fetch(ids));
    this.textLoads = new GroupedLoads(lanes, (ids) => this.fetchWithText(ids));
  }

  override async load(taskId: string): Promise<Stored | null> {
    return this.loads.load(taskId);
  }

  override async peek(
    taskId: string,
    suffices: (remembered: Stored) => boolean = () => true,
  ): Promise<Stored | null> {
    const remembered = this.memory.get(taskId);
    return remembered && suffices(remembered) ? remembered : this.load(taskId);
  }

  override async loadWithText(taskId: string): Promise<StoredWithText | null> {
    return this.textLoads.load(taskId);
  }

  override async append(commit: Commit): Promise<Stored> {
    const { tenant, taskId, id, task, expectedVersion } = commit;
    if ((await this.appender.append({ commit })) === 'lost') {
      this.memory.forget(taskId);
      const message =
        expectedVersion === 0 ? 'this task exists' : `the task is no longer at version ${expectedVersion}`;
      throw new MeshError('version_conflict', message);
    }
    const stored = { tenant, taskId, commitId: id, task };
    this.memory.put(stored);
    const queueChanged = movesQueue(commit);
    for (const listener of this.listeners) listener({ queueChanged });
    return stored;
  }

  override async record(audit: AuditEntry): Promise<void> {
    await this.appender.append({ audit });
  }

  override async history(taskId: string, after = 0, limit = ALL): Promise<readonly Recorded[]> {
    if (!isUuid(taskId)) return [];
    const rows = await this.read<HistoryRow>('history', sql.HISTORY, [taskId, after, limit]);
    return rows
      .flatMap(recordedOf)
      .filter(({ version }) => version > after)
      .slice(0, limit);
  }

  override async tail(after: Cursor, limit: number): Promise<readonly LoggedCommit[]> {
    return (await this.read<CommitRow>('tail', sql.TAIL, [...placeOf(after), limit])).map(commitOf);
  }

  override async auditTail(after: Cursor, limit: number): Promise<readonly LoggedAudit[]> {
    return (await this.read<AuditRow>('audit-tail', sql.AUDIT_TAIL, [...placeOf(after), limit])).map(auditOf);
  }

  override async auditPlaces(after: Cursor, limit: number): Promise<readonly AuditPlace[]> {
    const values = [...placeOf(after), limit];
    return (await this.read<AuditPlaceRow>('audit-places', sql.AUDIT_PLACES, values)).map(auditPlaceOf);
  }

  override async head(
    since: Cursor,
    log: LogName = 'commits',
  ): Promise<Readonly<{ cursor: Cursor; behind: number }>> {
    type HeadRow = { [Key in keyof PlaceRow]: PlaceRow[Key] | null } & { behind: number };
    const [row] = await this.read<HeadRow>(`head-${log}`, sql.headOf(TABLES[log]), placeOf(since));
    if (!row || row.incarnation === null) return { cursor: since, behind: row?.behind ?? 0 };
    return { cursor: cursorOf(row as PlaceRow), behind: row.behind };
  }

  override queued(afterPlace: number, limit: number): Promise<readonly QueuedTask[]> {
    return this.queue.queued(afterPlace, limit);
  }

  override moves(mark: string | null): Promise<Moves> {
    return this.queue.moves(mark);
  }

  override positionInQueue(taskId: string): Promise<number | null> {
    return this.queue.position(taskId);
  }

  override waitingPerTenant(): Promise<ReadonlyMap<string, number>> {
    return this.queue.perTenant();
  }

  override leased(): Promise<readonly LeasedTask[]> {
    return this.queue.leased();
  }

  override unfinished(tenant: string, sessionId: string, limit: number): Promise<readonly string[]> {
    return this.queue.unfinished(tenant, sessionId, limit);
  }

  override queueDepth(tenant?: string): Promise<Readonly<{ ready: number; leased: number }>> {
    return this.queue.depth(tenant);
  }

  override async versions(taskIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.read<{ id: string; version: number }>('versions', sql.VERSIONS, [
      taskIds.filter(isUuid),
    ]);
    return new Map(rows.map(({ id, version }) => [id, version]));
  }

  override onCommitted(listener: (commit: Readonly<{ queueChanged: boolean }>) => void): void {
    this.listeners.push(listener);
  }

  override async check(): Promise<void> {
    type Settings = Readonly<{ read_only: string; fsync: string; synchronous_commit: string }>;
    const [row] = await this.read<Settings>('check', sql.CHECK, [], 0);
    if (row?.read_only !== 'off') throw unavailable('the database is read-only');
    if (this.db.kind === 'postgres') {
      if (row.fsync !== 'on')
        throw unavailable('the database runs with fsync off: it would lose what it acknowledges');
      if (row.synchronous_commit === 'off')
        throw unavailable('the database runs with synchronous_commit off');
    }
    await ensureIncarnation(this.db.pool).catch((error: unknown) => {
      throw unavailable('the database cannot be written', error);
    });
  }

  private async fetch(taskIds: readonly string[]): Promise<ReadonlyMap<string, Stored>> {
    const rows = await this.read<TaskRow>('load', sql.LOAD, [taskIds]);
    const found = new Map(rows.map((row) => [row.id, storedOf(row)]));
    for (const stored of found.values()) this.memory.put(stored);
    return found;
  }

  private async fetchWithText(taskIds: readonly string[]): Promise<ReadonlyMap<string, StoredWithText>> {
    const rows = await this.read<TextRow>('load-with-text', sql.LOAD_WITH_TEXT, [taskIds]);
    return new Map(rows.map((row) => [row.id, { ...storedOf(row), input: row.input, output: row.output }]));
  }

  /** A read may be repeated, on another connection, where the one it had was lost. */
  private async read<Row>(
    name: string,
    text: string,
    values: unknown[],
    awayMs = this.options.awayMs,
  ): Promise<Row[]> {
    const ask = async (): Promise<Row[]> => (await this.db.pool.query<Row>({ name, text, values })).rows;
    try {
      return await untilBack(ask, passes, awayMs);
    } catch (error) {
      if (!passes(error)) throw error;
      throw unavailable('the database cannot be reached', error);
    }
  }
}

const passes = (error: unknown): boolean =>
  !isMeshError(error) && !['data', 'broken'].includes(fateOf(error));

const placeOf = ({ incarnation, xid, position }: Cursor): unknown[] => [incarnation, xid, position];
