import { setTimeout as pause } from 'node:timers/promises';
import { MeshError } from '#errors';
import { AWAY_MS } from './answering.js';
import { APPEND, FIND_COMMITS } from './append.sql.js';
import { parametersOf, prepare } from './append-batch.js';
import type { Entry, Prepared } from './append-batch.js';
import { GroupCommit } from './group-commit.js';
import { fateOf } from './sql-errors.js';
import type { SqlPool } from './sql-pool.js';

export type AppenderOptions = Readonly<{
  /** Statements under way at once: 2 for a server, 1 for one connection. */
  lanes: number;
  /** How long the outcome of an append may stay unknown. @default 10,000 */
  settleMs?: number;
  /** How long an append, or a read, waits for a database that cannot be reached. @default 3,000 */
  awayMs?: number;
  /** More are refused at once. @default 20,000 */
  maxWaiting?: number;
}>;

type Outcome = 'won' | 'lost';

type Member = {
  readonly entry: Prepared;
  readonly since: number;
  /** Something of it may have reached the database. */
  maybeSent: boolean;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
};

const RETRY_AFTER_SECONDS = 2;
const MAX_PAUSE_MS = 500;

/** Appends in groups, settles unknown outcomes by repeating the statement with the same commit ids. */
export class PostgresAppender {
  private readonly group: GroupCommit<Member>;

  constructor(
    private readonly pool: SqlPool,
    private readonly options: AppenderOptions,
  ) {
    this.group = new GroupCommit(
      { lanes: options.lanes },
      { keyOf: ({ entry }) => entry.commit?.taskId ?? null, bytesOf: ({ entry }) => entry.bytes },
      (batch) => this.write(batch),
    );
  }

  /**
   * Whether the commit is in the log. An audit record alone has always won.
   *
   * @throws {MeshError} `invalid_request` | `unavailable`
   */
  append(entry: Entry): Promise<Outcome> {
    if (this.group.size >= (this.options.maxWaiting ?? 20_000))
      throw unavailable('too many appends wait for the database');
    const prepared = prepare(entry);
    return new Promise((settle, fail) => {
      this.group.add({ entry: prepared, since: performance.now(), maybeSent: false, settle, fail });
    });
  }

  private async write(batch: readonly Member[]): Promise<void> {
    let open = batch;
    for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      open = this.withoutExpired(open);
      if (open.length === 0) return;
      open = await this.attempt(open);
      if (open.length === 0) return;
      await pause(pauseMs);
    }
  }

  private withoutExpired(members: readonly Member[]): readonly Member[] {
    const { settleMs = 10_000, awayMs = AWAY_MS } = this.options;
    const now = performance.now();
    return members.filter(({ since, maybeSent, fail }) => {
      if (now - since < (maybeSent ? settleMs : awayMs)) return true;
      fail(
        unavailable(
          maybeSent ? 'it is not known whether this was stored: repeat it' : 'the database cannot be reached',
        ),
      );
      return false;
    });
  }

  /** Sends the statement once; answers the members whose fate is still open. */
  private async attempt(members: readonly Member[]): Promise<readonly Member[]> {
    const open = new Set(members);
    try {
      const losers = await this.send(members, open);
      if (losers.length > 0) await this.tellLosers(losers, open);
    } catch (error) {
      return this.afterFailure(error, [...open]);
    }
    return [];
  }

  /** @returns the members that did not win; the others are told and no longer open */
  private async send(members: readonly Member[], open: Set<Member>): Promise<readonly Member[]> {
    const values = parametersOf(members.map(({ entry }) => entry));
    const { rows } = await this.pool.query<{ index: number }>({ name: 'append', text: APPEND, values });
    const commits = members.filter(({ entry }) => entry.commit);
    const won = new Set(rows.map(({ index }) => commits[index]));
    const losers: Member[] = [];
    for (const member of members) {
      if (member.entry.commit && !won.has(member)) losers.push(member);
      else tell(member, 'won', open);
    }
    return losers;
  }

  /** Whoever is in the log under its own commit id had won before: its first answer was lost, or it was asked again. */
  private async tellLosers(losers: readonly Member[], open: Set<Member>): Promise<void> {
    const commits = losers.flatMap(({ entry }) => entry.commit ?? []);
    const values = [
      commits.map(({ taskId }) => taskId),
      commits.map(({ expectedVersion }) => expectedVersion + 1),
      commits.map(({ id }) => id),
    ];
    const { rows } = await this.pool.query<{ commit_id: string }>({
      name: 'find-commits',
      text: FIND_COMMITS,
      values,
    });
    const logged = new Set(rows.map((row) => row.commit_id));
    for (const member of losers)
      tell(member, logged.has(member.entry.commit?.id ?? '') ? 'won' : 'lost', open);
  }

  private async afterFailure(error: unknown, open: readonly Member[]): Promise<readonly Member[]> {
    const fate = fateOf(error);
    if (fate === 'data') return this.singly(error, open);
    if (fate === 'broken') {
      for (const { fail } of open)
        fail(new MeshError('internal', 'the database refused the append', {}, { cause: error }));
      return [];
    }
    if (fate === 'unknown') for (const member of open) member.maybeSent = true;
    return open;
  }

  /** The database does not say whose value it was. */
  private async singly(error: unknown, members: readonly Member[]): Promise<readonly Member[]> {
    const [only] = members;
    if (only && members.length === 1) {
      only.fail(
        new MeshError(
          'invalid_request',
          `the database cannot hold this: ${(error as Error).message}`,
          {},
          { cause: error },
        ),
      );
      return [];
    }
    const open: Member[] = [];
    for (const member of members) open.push(...(await this.attempt([member])));
    return open;
  }
}

function tell(member: Member, outcome: Outcome, open: Set<Member>): void {
  open.delete(member);
  member.settle(outcome);
}

export const unavailable = (message: string, cause?: unknown): MeshError =>
  new MeshError('unavailable', message, { retryAfterSeconds: RETRY_AFTER_SECONDS }, { cause });
