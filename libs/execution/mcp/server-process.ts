import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { Tail } from '../output/tail.js';
import { killAll } from '../supervisor/kill.js';
import { readProcess } from '../supervisor/process-table.js';
import { RUN_VARIABLE } from '../supervisor/protocol.js';
import type { Root } from '../supervisor/tree.js';

/** As much as one message may have. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
/** As much as is remembered of what it printed to stderr. */
const MAX_SAID_BYTES = 2_048;
/** How long it may take to end by itself when there is nothing more to read. */
const GRACE_MS = 1_000;

/**
 * A server that is a process of this worker, spoken to over its stdin and stdout. It leads a group of its own: Ctrl-C in a
 * terminal is not for it. When it ends, or is closed, whatever it has started ends with it.
 */
export class ServerProcess implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];

  private readonly run = randomUUID();
  private readonly buffer = new ReadBuffer({ maxBufferSize: MAX_MESSAGE_BYTES });
  private readonly said = new Tail(MAX_SAID_BYTES);
  private child: ChildProcess | null = null;
  private ended: Promise<void> = Promise.resolve();

  /** @param env all that it sees of an environment */
  constructor(
    private readonly argv: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** The end of what it printed to stderr. */
  get lastWords(): string {
    return this.said.text().trim();
  }

  /** Rejects where there is no such program. */
  async start(): Promise<void> {
    const [program = '', ...args] = this.argv;
    const env = { ...this.env, [RUN_VARIABLE]: this.run };
    const child = spawn(program, args, { detached: true, env, stdio: 'pipe' });
    child.on('error', (error) => this.onerror?.(error));
    child.stdin.on('error', (error) => this.onerror?.(error)); // it has ended: `close` tells
    child.stdout.on('data', (bytes: Buffer) => this.read(bytes));
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.said.push(text));
    if (child.pid !== undefined) {
      const root: Root = {
        pid: child.pid,
        startTicks: readProcess(child.pid)?.startTicks ?? 0,
        known: new Map(),
      };
      this.child = child;
      this.ended = this.end(child, root);
    }
    await once(child, 'spawn');
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const { child } = this;
      if (!child?.stdin?.writable) return reject(new Error('its process has ended'));
      child.stdin.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Resolves when none of its processes is left. */
  async close(): Promise<void> {
    const { child, ended } = this;
    child?.stdin?.end();
    await Promise.race([ended, delay(GRACE_MS, undefined, { ref: false })]);
    child?.kill('SIGKILL');
    await ended;
  }

  /** What its children hold open is closed when they are gone. */
  private async end(child: ChildProcess, root: Root): Promise<void> {
    const closed = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => child.once('exit', resolve));
    await killAll(root, this.run);
    await closed;
    this.buffer.clear();
    this.onclose?.();
  }

  private read(bytes: Buffer): void {
    try {
      this.buffer.append(bytes);
    } catch (error) {
      this.onerror?.(error as Error);
      this.child?.kill('SIGKILL'); // more than a message may have
      return;
    }
    while (this.readOne());
  }

  /** What is no message is a line that somebody printed. @returns whether there may be more */
  private readOne(): boolean {
    try {
      const message = this.buffer.readMessage();
      if (message) this.onmessage?.(message);
      return message !== null;
    } catch (error) {
      this.onerror?.(error as Error);
      return true;
    }
  }
}
