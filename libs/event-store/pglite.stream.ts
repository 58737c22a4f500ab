import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';

type Wire = Pick<PGlite, 'execProtocolRawSync'>;
type Done = (error?: Error | null) => void;

const FRESH_SESSION = ['rollback', 'discard all'].map(simpleQuery);
const WELCOME = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]); // AuthenticationOk, ReadyForQuery

/**
 * A socket to PGlite, as far as `pg` can tell: it writes wire protocol and reads the answers. So values, errors and
 * named statements are exactly those of `pg` on a server. All streams share PGlite's one session; each opens it afresh.
 */
export class PgliteStream extends Duplex {
  constructor(private readonly wire: Wire) {
    super();
  }

  /** What `pg` asks of a socket. */
  connect(): this {
    queueMicrotask(() => {
      for (const query of FRESH_SESSION) this.wire.execProtocolRawSync(query);
      this.emit('connect');
    });
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.exchange(chunk, done);
  }

  /** `pg` corks parse, bind, describe, execute and sync together: one call for the five. */
  override _writev(chunks: readonly { chunk: Buffer }[], done: Done): void {
    this.exchange(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _read(): void {}

  override _final(done: Done): void {
    this.push(null);
    done();
  }

  private exchange(message: Buffer, done: Done): void {
    try {
      const starts = message[0] === 0; // only a startup message has no letter
      const answer = starts ? WELCOME : this.wire.execProtocolRawSync(message);
      // `pg` expects no answer before its write returns, and whoever asks in a loop must not keep everybody else out.
      setImmediate(() => this.answer(answer, done));
    } catch (error) {
      done(error as Error);
    }
  }

  private answer(answer: Uint8Array, done: Done): void {
    if (answer.length > 0 && !this.destroyed) this.push(answer);
    done();
  }
}

function simpleQuery(sql: string): Uint8Array {
  const body = Buffer.from(`${sql}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
