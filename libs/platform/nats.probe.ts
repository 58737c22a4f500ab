import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { natsCredentials } from './nats-credentials.js';
import type { Config } from './config.js';
import { CLOSE_BROKER, openBrokerOf, refuseOpenBroker } from './open-broker.js';
import { probe } from './probe.js';
import type { Probe } from './probe.js';

/** Whether the broker answers, with JetStream. Its version is judged where it is used: at start. */
export const natsProbe = ({ nats }: Config): Promise<Probe> =>
  probe(
    'nats',
    'set nats.url (CODERCLAW_NATS_URL) to a reachable nats-server ≥ 2.14.5 with JetStream (-js)',
    async () => {
      if (!nats.url) throw new Error('nats.url is not set');
      const connection = await connect({
        servers: nats.url,
        ...natsCredentials(nats),
        timeout: 3_000,
        reconnect: false,
      });
      try {
        const { streams } = await (await jetstreamManager(connection)).getAccountInfo();
        return `nats-server ${connection.info?.version ?? '?'}, JetStream with ${streams} streams`;
      } finally {
        await connection.close();
      }
    },
  );

/** Whether strangers may speak to the broker, as the settings say: the same that refuses a start. */
export const brokerAccessProbe = ({ nats }: Config): Promise<Probe> =>
  probe('nats access', CLOSE_BROKER, () => {
    refuseOpenBroker(nats);
    const open = openBrokerOf(nats);
    if (open !== undefined) return `warning: without a password at ${open}, as nats.allowOpen says`;
    return nats.user === undefined
      ? 'without a password, on this machine only'
      : `as ${nats.user}, with a password`;
  });
