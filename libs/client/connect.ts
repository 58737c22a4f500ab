import { MeshError } from '#errors';
import { HTTPTransportAdapter } from '#transports/http/client';
import type { HttpOptions } from '#transports/http/client';
import { LocalTransportAdapter } from '#transports/local/client';
import { CoderClawRuntime } from './runtime.js';

export type ConnectOptions = Readonly<{
  /** For `http(s)://`, as of the adapter. */
  token?: HttpOptions['token'];
  deviceKey?: HttpOptions['deviceKey'];
  fetch?: typeof fetch | undefined;
  /** For `local:`. @default the current folder */
  workspace?: string | undefined;
  config?: Readonly<Record<string, unknown>> | undefined;
}>;

const http = (baseUrl: string, { token, deviceKey, fetch: send }: ConnectOptions) =>
  new CoderClawRuntime(
    new HTTPTransportAdapter({ baseUrl, token, deviceKey, fetch: send }),
    'remote-enabled',
  );

const local = (url: string, { workspace, config }: ConnectOptions) =>
  new CoderClawRuntime(
    new LocalTransportAdapter({ workspace, config, dataDir: url.slice('local:'.length) || undefined }),
    'local-only',
  );

const SCHEMES: ReadonlyMap<string, (url: string, options: ConnectOptions) => CoderClawRuntime> = new Map([
  ['http', http],
  ['https', http],
  ['local', local],
]);

/**
 * A runtime by its address: `http://host:7411`, `https://…`, or `local:<data folder>`, which runs everything in this
 * process and, without a folder, keeps nothing. Nothing is contacted before the first call.
 *
 * @throws {MeshError} `unsupported` for another scheme
 */
export function connect(url: string, options: ConnectOptions = {}): CoderClawRuntime {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const open = SCHEMES.get(scheme);
  if (open) return open(url, options);
  throw new MeshError(
    'unsupported',
    `"${url}" has no scheme that is supported: http://, https:// and local:<folder> are`,
    {
      field: 'url',
    },
  );
}
