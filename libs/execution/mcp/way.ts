import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { boundedFetch } from './bounded-fetch.js';
import { environmentOf, tokenOf } from './settings.js';
import type { McpServerSettings } from './settings.js';

/** How a server is spoken to, what was given to it that nobody else may know, and its last words where it has any. */
export type Way = Readonly<{
  transport: Transport;
  secrets: readonly string[];
  said: () => string;
  /** Ends the connection, and the server where it is a process of ours. */
  close: () => Promise<void>;
}>;

/**
 * Not yet open.
 *
 * @param onCut told when an answer was cut off
 * @throws {MeshError} `invalid_request` naming the setting that does not hold
 */
export async function wayTo(
  name: string,
  settings: McpServerSettings,
  { env, onCut }: Readonly<{ env: NodeJS.ProcessEnv; onCut: () => void }>,
): Promise<Way> {
  const { command, url = '' } = settings;
  return command ? processOf(command, name, { settings, env }) : httpTo(url, tokenOf(name, settings), onCut);
}

async function processOf(
  command: readonly string[],
  name: string,
  { settings, env }: Readonly<{ settings: McpServerSettings; env: NodeJS.ProcessEnv }>,
): Promise<Way> {
  const { ServerProcess } = await import('./server-process.js');
  const given = environmentOf(name, settings, env);
  const transport = new ServerProcess(command, given);
  const secrets = (settings.env ?? []).map((variable) => given[variable] ?? '');
  return { transport, secrets, said: () => transport.lastWords, close: () => transport.close() };
}

async function httpTo(url: string, token: string | undefined, onCut: () => void): Promise<Way> {
  const { StreamableHTTPClientTransport: Http } =
    await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const requestInit = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
  const transport = new Http(new URL(url), { requestInit, fetch: boundedFetch(onCut) });
  return {
    transport,
    secrets: token === undefined ? [] : [token],
    said: () => '',
    close: async () => {
      await transport.terminateSession().catch(() => {}); // it is away, or has no sessions
      await transport.close();
    },
  };
}
