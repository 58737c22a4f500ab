import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '#contract';
import { natsCredentials, openBrokerOf, refuseOpenBroker } from '#platform';
import type { Config } from '#platform';
import { NatsBus, connectNats } from '#streaming';
import { missingSetting } from './missing-setting.js';

/** How long a start waits for the broker before it goes on without. */
const FIRST_ANSWER_MS = 2_000;

/**
 * The bus of this process. A broker that is away is waited for in the background: submits and reads go on without it.
 *
 * @throws {MeshError} `invalid_request` without an address or for one where anybody may speak, `unsupported` for a broker that is too old
 * @throws what the broker says of credentials it refuses
 */
export async function connectBroker(config: Config, logger: Logger, inboxPrefix?: string) {
  if (!config.nats.url) throw missingSetting('nats.url', 'CODERCLAW_NATS_URL', 'nats://host:4222');
  refuseOpenBroker(config.nats);
  const open = openBrokerOf(config.nats);
  if (open !== undefined)
    logger.warn('whoever reaches the broker can publish in our name, as nats.allowOpen says', {
      broker: open,
    });
  const connection = connectNats(config.nats.url, {
    name: `coderclaw ${config.worker.id}`,
    logger,
    auth: natsCredentials(config.nats),
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
  });
  const bus = new NatsBus(connection, logger);
  await Promise.race([connection, pause(FIRST_ANSWER_MS, undefined, { ref: false })]);
  connection.catch((error: unknown) => logger.error('the broker cannot be used', { error: String(error) }));
  return { bus, connection };
}
