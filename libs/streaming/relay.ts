import { SilentLogger } from '#contract';
import type { Logger, Stop, WakeUps } from '#contract';
import { MeshError, isMeshError } from '#errors';
import type { EventStore } from '#event-store';
import { toMessage } from './cloud-event.js';
import type { EventMessage, Publication } from './cloud-event.js';
import { Pace } from './pace.js';
import { agrees, publicationsOf, resumptionAfter, resumptionOf } from './publications.js';
import type { Resumption } from './publications.js';
import { rest } from './rest.js';
import { windowsOf } from './windows.js';
import type { PublicStream, StreamEnd } from './public-stream.js';
import type { RelayCheckpoint } from './relay-checkpoint.js';

export type RelayParts = Readonly<{
  log: EventStore;
  stream: PublicStream;
  checkpoint: RelayCheckpoint;
  wakeUps: Pick<WakeUps, 'listen'>;
  logger?: Logger;
  options?: RelayOptions;
}>;

export type RelayOptions = Readonly<{
  /** First token of the subjects. @default 'events' */
  prefix?: string;
  /** Messages behind one acknowledgement. @default 256 */
  window?: number;
  /** How often to look into the log without a hint. @default 500 */
  pollMs?: number;
  /** How often to compare the stream's end with what we put there. @default 3000 */
  checkMs?: number;
  /** How long after a window to wait for more events before the next. @default 10 */
  lingerMs?: number;
  /** Pause after the broker or the database was away. @default 500 */
  retryMs?: number;
  /** Pause after another relay was faster. @default 2000 */
  yieldMs?: number;
}>;

/** `diverged`: the stream holds what the log does not. Nothing is published until the stream is removed. */
export type RelayStatus = 'starting' | 'publishing' | 'waiting' | 'diverged' | 'stopped';

/** What the stream is known to end with: message `seq`, whose event is `lastId`. */
type At = Readonly<{
  created: string;
  seq: number;
  lastId: string | null;
  from: Resumption;
  emptied: boolean;
}>;

/** What a page of the log had that was not published yet. */
type Found = 'full page' | 'some' | 'none';

const MARK_EVERY_MS = 5_000;
const MAX_WINDOW_BYTES = 4 * 1024 * 1024;
const DEFAULTS = {
  prefix: 'events',
  window: 256,
  pollMs: 500,
  lingerMs: 10,
  checkMs: 3_000,
  retryMs: 500,
  yieldMs: 2_000,
} as const;

/**
 * Publishes every event of the log, in order. Each message is accepted only behind its predecessor, so a relay that is
 * stale is refused; whatever goes wrong, the stream's own last message says where to go on. Never gives up.
 */
export class Relay {
  private readonly options: Required<RelayOptions>;
  private readonly logger: Logger;
  private readonly abort = new AbortController();
  private readonly pace: Pace;
  private at: At | null = null;
  private lookAt = 0;
  private saved: Readonly<{ at: number; seq: number }> = { at: 0, seq: -1 };
  private current: RelayStatus = 'starting';

  constructor(private readonly parts: RelayParts) {
    this.options = { ...DEFAULTS, ...parts.options };
    this.logger = parts.logger ?? new SilentLogger();
    this.pace = new Pace(Math.min(this.options.pollMs, this.options.checkMs), this.abort.signal);
  }

  get status(): RelayStatus {
    return this.current;
  }

  /** Begins at once and goes on by itself, whether the broker is there or not; the `Stop` waits for what is under way. */
  async start(): Promise<Stop> {
    const deaf = await this.parts.wakeUps.listen('log', () => this.pace.hint());
    const forget = this.parts.stream.onReconnect(() => this.lookSoon());
    const done = this.run();
    return async () => {
      this.abort.abort();
      forget();
      await Promise.all([deaf(), done]);
    };
  }

  /** Removes the stream and publishes all of the log again, with the same ids. */
  async republish(): Promise<void> {
    await this.parts.stream.remove();
    this.lookSoon();
  }

  private lookSoon(): void {
    this.lookAt = 0;
    this.pace.hint();
  }

  private async run(): Promise<void> {
    while (!this.abort.signal.aborted) {
      try {
        await this.rest(await this.step());
      } catch (error) {
        this.at = null;
        await this.recover(error);
      }
    }
    if (this.at) await this.saveMark(this.at, 0);
    this.current = 'stopped';
  }

  /** A full page is followed by the next at once; after any other, more may gather. */
  private async rest(found: Found): Promise<void> {
    if (found === 'full page') return;
    if (found === 'some') await rest(this.options.lingerMs, this.abort.signal);
    await this.pace.next();
  }

  /** Publishes one page of the log. */
  private async step(): Promise<Found> {
    const at = await this.whereAreWe();
    const commits = await this.parts.log.tail(at.from.previous, this.options.window);
    if (!agrees(commits[0], at.from)) throw diverged(this.parts.stream.name, at.from);
    const publications = publicationsOf(commits, at.from);
    for (const window of this.windows(publications)) {
      if (this.abort.signal.aborted) return 'none';
      await this.publish(window);
    }
    this.become('publishing');
    if (commits.length >= this.options.window) return 'full page';
    return publications.length > 0 ? 'some' : 'none';
  }

  private windows(publications: readonly Publication[]): readonly (readonly Outgoing[])[] {
    const outgoing = publications.map((publication) => ({
      publication,
      message: toMessage(publication, this.options.prefix),
    }));
    return windowsOf(outgoing, [
      { max: this.options.window, of: () => 1 },
      { max: MAX_WINDOW_BYTES, of: ({ message }) => message.body.length },
    ]);
  }

  private async publish(window: readonly Outgoing[]): Promise<void> {
    const { at } = this;
    const last = window.at(-1)?.publication;
    if (!at || !last) return;
    await this.parts.stream.publish(
      window.map(({ message }) => message),
      at.seq,
      at.emptied,
    );
    this.at = { ...at, seq: at.seq + window.length, lastId: last.event.id, from: resumptionAfter(last) };
    await this.saveMark(this.at, MARK_EVERY_MS);
  }

  /** What we know of the stream's end, looked up again where that may be wrong by now. */
  private async whereAreWe(): Promise<At> {
    if (this.at && performance.now() < this.lookAt) return this.at;
    const end = await this.parts.stream.look();
    this.lookAt = performance.now() + this.options.checkMs;
    if (this.at && sameEnd(end, this.at)) return this.at;
    if (this.at) {
      const fields = { stream: this.parts.stream.name, was: this.at.seq, is: end.lastSeq };
      this.logger.warn('the stream is not as we left it', fields);
    }
    this.at = await this.begin(end);
    return this.at;
  }

  private async begin({ created, lastSeq: seq, last }: StreamEnd): Promise<At> {
    const mark = last ? null : await this.parts.checkpoint.load(this.parts.stream.name);
    const from = resumptionOf({ created, lastSeq: seq, last }, mark);
    return { created, seq, lastId: last?.id ?? null, from, emptied: last === null && seq > 0 };
  }

  private async saveMark({ created, seq, from }: At, everyMs: number): Promise<void> {
    if (seq === this.saved.seq || performance.now() < this.saved.at + everyMs) return;
    this.saved = { at: performance.now(), seq };
    try {
      await this.parts.checkpoint.save(this.parts.stream.name, {
        created,
        lastSeq: seq,
        cursor: from.previous,
      });
    } catch (error) {
      this.logger.warn('the relay could not write down how far it is', { error: String(error) });
    }
  }

  private async recover(error: unknown): Promise<void> {
    const { status, pauseMs } = this.remedy(error);
    if (status !== this.current) this.logger.warn('the relay waits', { status, error: String(error) });
    this.become(status);
    await rest(pauseMs, this.abort.signal);
  }

  private remedy(error: unknown): Readonly<{ status: RelayStatus; pauseMs: number }> {
    if (isMeshError(error, 'fenced')) return { status: 'diverged', pauseMs: this.options.checkMs };
    if (isMeshError(error, 'version_conflict'))
      return { status: 'waiting', pauseMs: this.options.yieldMs * (0.5 + Math.random()) };
    return { status: 'waiting', pauseMs: this.options.retryMs };
  }

  private become(status: RelayStatus): void {
    if (status === this.current) return;
    this.current = status;
    this.logger.info('the relay', { status });
  }
}

type Outgoing = Readonly<{ publication: Publication; message: EventMessage }>;

/** An emptied stream ends with nothing, whatever it ended with before. */
const sameEnd = (end: StreamEnd, at: At): boolean =>
  at.created === end.created && at.seq === end.lastSeq && (end.last === null || end.last.id === at.lastId);

/** A log that was restored from a backup, or another one: going on would give two histories one name. */
const diverged = (stream: string, { commitId, previous }: Resumption) =>
  new MeshError(
    'fenced',
    `${stream} ends with commit ${commitId}, which is not in the log after ${previous.incarnation}/${previous.xid}/${previous.position}`,
    {
      hint: 'If the log is right, remove the stream (coderclaw log republish): everything is published again.',
    },
  );
