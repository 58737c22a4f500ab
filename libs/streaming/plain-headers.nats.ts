import { MsgHdrsImpl } from '@nats-io/transport-node';

/** Headers that are written once and never read: known to be different, and of printable ASCII. No `Map` is built. */
export class PlainHeaders extends MsgHdrsImpl {
  /** @param more those whose values differ from one attempt to the next */
  constructor(
    private readonly plain: Readonly<Record<string, string>>,
    private readonly more: Readonly<Record<string, string>>,
  ) {
    super();
  }

  override encode(): Uint8Array {
    return Buffer.from(`NATS/1.0\r\n${linesOf(this.plain)}${linesOf(this.more)}\r\n`, 'latin1');
  }
}

function linesOf(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name of Object.keys(headers)) lines += `${name}: ${headers[name]}\r\n`;
  return lines;
}
