import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { z } from 'zod';
import { MeshError, messageOf } from '#errors';
import { MIN_VARIABLE_CHARACTERS, redacted } from '../redacted.js';
import { storableText } from '../steps/storable.js';
import { fitting } from '../tools/tool.js';
import { textOfResult, toolResultSchema } from './content.js';
import { MAX_TOOLS, offeredOf } from './offered.js';
import type { McpServerSettings } from './settings.js';
import { unlessAborted } from './unless-aborted.js';
import { wayTo } from './way.js';
import type { Way } from './way.js';

/** To start: a package may have to be fetched first. */
const START_MS = 60_000;
const LIST_MS = 30_000;
const MAX_PAGES = 32;
const DEFAULT_CALL_MS = 120_000;
/** Said by the SDK of a connection that is over. */
const CLOSED = -32_000;
const TIMED_OUT = -32_001;

const pageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });

export type McpServerOptions = Readonly<{
  name: string;
  settings: McpServerSettings;
  env: NodeJS.ProcessEnv;
  /** How long a tool may take. @default 120000 */
  callMs?: number | undefined;
}>;

type Session = Readonly<{ client: Client; way: Way }>;

/** A server, connected when it is first needed, and again when the connection was lost. */
export class McpServer {
  private opening: Promise<Session> | null = null;
  /** The latest. */
  private way: Way | null = null;
  /** Of connections that were given up. */
  private ending: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: McpServerOptions) {}

  /**
   * What it offers now.
   *
   * @throws {MeshError} `unavailable` with the reason when it cannot be asked
   */
  async tools(signal: AbortSignal): Promise<ReturnType<typeof offeredOf>> {
    const wasOpen = this.opening !== null;
    try {
      const listed = await this.list(signal).catch((error: unknown) => {
        signal.throwIfAborted();
        if (wasOpen) return this.list(signal); // it may have been lost unseen: asking changes nothing
        throw error;
      });
      return offeredOf(this.options.name, listed);
    } catch (error) {
      signal.throwIfAborted();
      throw new MeshError('unavailable', this.told(`cannot be used: ${this.reasonOf(error)}`));
    }
  }

  /**
   * Uses a tool, by the server's own name for it.
   *
   * @throws {MeshError} `invalid_request` with what went wrong, also where the tool says so itself
   */
  async call(tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<string> {
    const result = await this.asked(tool, input, signal);
    const text = fitting(this.clean(textOfResult(result)));
    if (result.isError) throw new MeshError('invalid_request', text);
    return text;
  }

  /** Ends the connection, and the server where it is a process of ours. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([this.way?.close(), this.ending]);
    await this.opening?.catch(() => {}); // told to who waited for it
  }

  private async list(signal: AbortSignal): Promise<readonly unknown[]> {
    const session = await unlessAborted(this.connected(), signal);
    const found: unknown[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES && found.length <= MAX_TOOLS; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const asked = { method: 'tools/list', params } as const;
      const { tools, nextCursor } = await this.dropping(session, () =>
        session.client.request(asked, pageSchema, { signal, timeout: LIST_MS }),
      );
      found.push(...tools);
      if (nextCursor === undefined) break;
      cursor = nextCursor;
    }
    return found;
  }

  private async asked(tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal) {
    const { callMs = DEFAULT_CALL_MS } = this.options;
    const asked = { method: 'tools/call', params: { name: tool, arguments: { ...input } } } as const;
    try {
      const session = await unlessAborted(this.connected(), signal);
      return await this.dropping(session, () =>
        session.client.request(asked, toolResultSchema, { signal, timeout: callMs }),
      );
    } catch (error) {
      signal.throwIfAborted();
      throw new MeshError('invalid_request', this.told(this.reasonOf(error)));
    }
  }

  private connected(): Promise<Session> {
    this.opening ??= this.connect().catch((error: unknown) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  private async connect(): Promise<Session> {
    const { Client: Connection } = await import('@modelcontextprotocol/sdk/client/index.js');
    const client = new Connection({ name: 'coderclaw', version: '2' });
    const { name, settings, env } = this.options;
    const way = await wayTo(name, settings, { env, onCut: () => void client.close() });
    if (this.closed) throw new Error('this worker stops');
    this.way = way;
    const forget = () => {
      if (this.way === way) this.opening = null; // the next use connects again
    };
    Object.assign(client, { onclose: forget });
    try {
      await client.connect(way.transport, { timeout: START_MS });
      return { client, way };
    } catch (error) {
      await way.close();
      throw error;
    }
  }

  /** Where it did not answer by the protocol, the connection is good for nothing: the next use makes a new one. */
  private async dropping<Answer>({ way }: Session, ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      if (codeOf(error) === undefined && !isUnread(error)) {
        if (this.way === way) this.opening = null;
        this.ending = Promise.all([this.ending, way.close()]);
      }
      throw error;
    }
  }

  private reasonOf(error: unknown): string {
    const said = this.way?.said() ?? '';
    const code = codeOf(error);
    if (code === CLOSED && messageOf(error).endsWith('Connection closed'))
      return `its connection was lost; it is connected again at the next use${said && `; it said: ${said}`}`;
    if (code === TIMED_OUT) return 'it did not answer in time';
    return isUnread(error) ? 'it answered with what is no answer' : messageOf(error);
  }

  private told(why: string): string {
    return storableText(this.clean(`the MCP server ${this.options.name}: ${why}`).slice(0, 1_000));
  }

  private clean(text: string): string {
    return redacted(text, this.way?.secrets ?? [], MIN_VARIABLE_CHARACTERS);
  }
}

/** By the protocol, or the SDK in its name; HTTP's own are no such. */
function codeOf(error: unknown): number | undefined {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'number' && name === 'McpError' ? code : undefined;
}

const isUnread = (error: unknown): boolean => error instanceof z.ZodError;
