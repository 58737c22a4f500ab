import { MsgHdrsImpl } from '@nats-io/transport-node';

/** Headers that are written once and not read: known to be different, and of printable ASCII. A `Map` is not built. */
export class PlainHeaders extends MsgHdrsImpl {
  constructor(private readonly plain: Readonly<Record<string, string>>) {
    super();
  }

  override encode(): Uint8Array {
    let text = 'NATS/1.0\r\n';
    for (const [name, value] of Object.entries(this.plain)) text += `${name}: ${value}\r\n`;
    return Buffer.from(`${text}\r\n`, 'latin1');
  }
}
