import type { AnyMessage } from '@agentclientprotocol/sdk';
import { MeshError } from '#errors';

/** As long as a message may be. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

const NEWLINE = 0x0a;
const MAX_SHOWN = 200;

/** A line may come in millions of pieces. */
const MAX_PARTS = 1_024;

/** Puts messages together from bytes: a line of JSON each. */
export class MessageLines {
  private parts: Uint8Array[] = [];
  private bytes = 0;

  /**
   * Takes bytes, cut anywhere, and answers with the messages that they complete.
   *
   * @throws {MeshError} `invalid_request` for a line that is none
   */
  *push(bytes: Uint8Array): Generator<AnyMessage> {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.keep(bytes.subarray(from, end));
      from = end + 1;
      const line = Buffer.concat(this.parts).toString('utf8').trim();
      this.parts = [];
      this.bytes = 0;
      if (line !== '') yield messageOf(line);
    }
    this.keep(bytes.subarray(from));
  }

  private keep(part: Uint8Array): void {
    this.parts.push(part);
    this.bytes += part.length;
    if (this.parts.length > MAX_PARTS) this.parts = [Buffer.concat(this.parts)];
    if (this.bytes > MAX_MESSAGE_BYTES)
      throw new MeshError('invalid_request', `it wrote a line of more than ${MAX_MESSAGE_BYTES} bytes`);
  }
}

function messageOf(line: string): AnyMessage {
  const value = parsed(line);
  if (typeof value === 'object' && value !== null && ('method' in value || 'id' in value))
    return value as AnyMessage;
  const shown = line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
  throw new MeshError('invalid_request', `it wrote a line that is no message of the protocol: ${shown}`);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
