import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { z } from 'zod';
import { MeshError, messageOf } from '#errors';
import { fitting } from '../tools/tool.js';
import { boundedFetch } from './bounded-fetch.js';
import { textOfResult, toolResultSchema } from './content.js';
import { MAX_TOOLS, offeredOf } from './offered.js';
import { environmentOf, tokenOf, withoutValues } from './settings.js';
import type { McpServerSettings } from './settings.js';
import { unlessAborted } from './unless-aborted.js';

/** To start: a package may have to be fetched first. */
const START_MS = 60_000;
const LIST_MS = 30_000;
const MAX_PAGES = 32;
const DEFAULT_CALL_MS = 120_000;
/** Said by the SDK of a connection that is over. */
const CLOSED = -32_000;
const TIMED_OUT = -32_001;

const pageSchema = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });

/** A transport, what it keeps secret, and what its other end had to say when it failed. */
type Way = Readonly<{ transport: Transport; secrets: readonly string[]; said: () => string }>;

export type McpServerOptions = Readonly<{
  name: string;
  settings: McpServerSettings;
  env: NodeJS.ProcessEnv;
  /** How long a tool may take. @default 120000 */
  callMs?: number | undefined;
}>;

/** A server, connected when it is first needed, and again when the connection was lost. */
export class McpServer {
  private opening: Promise<Client> | null = null;
  private way: Way | null = null;
  private closed = false;

  constructor(private readonly options: McpServerOptions) {}

  /**
   * What it offers now.
   *
   * @throws {MeshError} `unavailable` with the reason when it cannot be asked
   */
  async tools(signal: AbortSignal): Promise<ReturnType<typeof offeredOf>> {
    try {
      return offeredOf(this.options.name, await this.list(signal));
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
    const { way } = this;
    if (way && 'terminateSession' in way.transport) await endSession(way.transport);
    await way?.transport.close();
    await this.opening?.catch(() => {}); // told to who waited for it
  }

  private async list(signal: AbortSignal): Promise<readonly unknown[]> {
    const client = await unlessAborted(this.connected(), signal);
    const found: unknown[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES && found.length <= MAX_TOOLS; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const asked = { method: 'tools/list', params } as const;
      const { tools, nextCursor } = await client.request(asked, pageSchema, { signal, timeout: LIST_MS });
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
      const client = await unlessAborted(this.connected(), signal);
      return await client.request(asked, toolResultSchema, { signal, timeout: callMs });
    } catch (error) {
      signal.throwIfAborted();
      this.dropUnlessAnswered(error);
      throw new MeshError('invalid_request', this.told(this.reasonOf(error)));
    }
  }

  private connected(): Promise<Client> {
    this.opening ??= this.connect().catch((error: unknown) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  private async connect(): Promise<Client> {
    const { Client: Connection } = await import('@modelcontextprotocol/sdk/client/index.js');
    const client = new Connection({ name: 'coderclaw', version: '2' });
    const way = await this.wayTo(() => void client.close());
    if (this.closed) throw new Error('this worker stops');
    this.way = way;
    client.onclose = () => {
      if (this.way === way) this.opening = null; // the next use connects again
    };
    try {
      await client.connect(way.transport, { timeout: START_MS });
      return client;
    } catch (error) {
      await way.transport.close();
      throw error;
    }
  }

  private async wayTo(onCut: () => void): Promise<Way> {
    const { name, settings, env } = this.options;
    const { command, url = '' } = settings;
    if (command) {
      const { ServerProcess } = await import('./server-process.js');
      const given = environmentOf(name, settings, env);
      const transport = new ServerProcess(command, given);
      const secrets = (settings.env ?? []).map((variable) => given[variable] ?? '');
      return { transport, secrets, said: () => transport.lastWords };
    }
    const { StreamableHTTPClientTransport: Http } =
      await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const token = tokenOf(name, settings);
    const requestInit = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
    const transport = new Http(new URL(url), { requestInit, fetch: boundedFetch(onCut) });
    return { transport: transport as Transport, secrets: token === undefined ? [] : [token], said: () => '' };
  }

  /** Where it did not answer by the protocol, the connection is good for nothing: the next use makes a new one. */
  private dropUnlessAnswered(error: unknown): void {
    if (codeOf(error) !== undefined || isUnread(error)) return;
    this.opening = null;
    void this.way?.transport.close().catch(() => {}); // it is broken already
  }

  private reasonOf(error: unknown): string {
    const said = this.way?.said() ?? '';
    const code = codeOf(error);
    if (code === CLOSED)
      return `its connection was lost; it is connected again at the next use${said && `; it said: ${said}`}`;
    if (code === TIMED_OUT) return 'it did not answer in time';
    return isUnread(error) ? 'it answered with what is no answer' : messageOf(error);
  }

  private told(why: string): string {
    return this.clean(`the MCP server ${this.options.name}: ${why}`).slice(0, 1_000);
  }

  private clean(text: string): string {
    return withoutValues(text, this.way?.secrets ?? []);
  }
}

/** By the protocol, or the SDK in its name; HTTP's own are no such. */
function codeOf(error: unknown): number | undefined {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'number' && name === 'McpError' ? code : undefined;
}

const isUnread = (error: unknown): boolean => error instanceof z.ZodError;

async function endSession(transport: Transport): Promise<void> {
  await (transport as Transport & { terminateSession: () => Promise<void> })
    .terminateSession()
    .catch(() => {}); // it is away
}
