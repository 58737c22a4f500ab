import { MeshError } from '#errors';
import { isLoopbackHost } from '#settings';
import type { Config } from './config.js';

type Broker = Config['nats'];

/** What to do about a broker that anybody may speak to. */
export const CLOSE_BROKER =
  'give the broker users and passwords (docker/nats.conf is an example), and set nats.user and nats.passwordFile in ' +
  '.coderClaw/runtime.yaml, or CODERCLAW_NATS_USER and CODERCLAW_NATS_PASSWORD_FILE; nats.allowOpen: true says that ' +
  'nobody else reaches it';

/**
 * Where we would speak, without saying who we are, to a broker that others reach as well: whoever reaches it could then
 * publish in our name. A user that stands in the address does not count, as no client reads it there.
 */
export function openBrokerOf({ url = '', user, passwordFile }: Broker): string | undefined {
  if (user !== undefined && passwordFile !== undefined) return undefined;
  const servers = url.split(',').map((server) => server.trim());
  return servers.map(hostOf).find((host) => host !== '' && !isLoopbackHost({ hostname: host }));
}

/** @throws {MeshError} `invalid_request` for a broker that anybody may speak to, unless the settings say that it is meant */
export function refuseOpenBroker(nats: Broker): void {
  const host = nats.allowOpen ? undefined : openBrokerOf(nats);
  if (host === undefined) return;
  const message = `nats.url: whoever reaches the broker at ${host} could publish in our name: it is spoken to without user and password`;
  throw new MeshError('invalid_request', message, { field: 'nats.user', hint: CLOSE_BROKER });
}

/** The name of a server, as nats.js reads it: with or without a scheme. */
function hostOf(server: string): string {
  const address = server.includes('://') ? server : `nats://${server}`;
  return URL.canParse(address) ? new URL(address).hostname : server;
}
