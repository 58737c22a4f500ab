import { describe, expect, it } from 'vitest';
import { brokerAccessProbe } from './nats.probe.js';
import { loadConfig } from './load-config.js';
import type { ConfigFile } from './config-schema.js';
import { openBrokerOf, refuseOpenBroker } from './open-broker.js';

const configOf = (nats: NonNullable<ConfigFile['nats']>) =>
  loadConfig({ cwd: '/nowhere', home: '/nowhere', env: {}, flags: { mode: 'remote-enabled', nats } });

const known = { user: 'server', passwordFile: '/run/secrets/nats' };

describe('a broker', () => {
  it.each([
    ['nats://broker:4222', 'broker'],
    ['broker:4222', 'broker'],
    ['tls://10.0.0.1', '10.0.0.1'],
    ['nats://[fd00::1]:4222', '[fd00::1]'],
    ['nats://127.0.0.1:4222, nats://broker:4222', 'broker'],
    ['nats://server:secret@broker:4222', 'broker'],
    ['nats://localhost.example', 'localhost.example'],
  ])('is open at %s, where nobody says who they are', (url, host) => {
    expect(openBrokerOf(configOf({ url }).nats)).toBe(host);
    expect(openBrokerOf(configOf({ url, user: 'server' }).nats)).toBe(host);
    expect(openBrokerOf(configOf({ url, ...known }).nats)).toBeUndefined();
  });

  it.each([
    'nats://127.0.0.1:4222',
    'nats://[::1]',
    'localhost:4222',
    'nats://localhost:1,nats://127.0.0.1:2',
  ])('is not open at %s: nobody else reaches it', (url) => {
    expect(openBrokerOf(configOf({ url }).nats)).toBeUndefined();
  });

  it('that is open is refused with what to do, and without the address’s own secrets', () => {
    const { nats } = configOf({ url: 'nats://server:hunter2@broker:4222' });
    const refused = () => refuseOpenBroker(nats);
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringMatching(/broker at broker could publish/) as string,
        details: {
          field: 'nats.user',
          hint: expect.stringMatching(/CODERCLAW_NATS_PASSWORD_FILE.*nats\.allowOpen/s) as string,
        },
      }),
    );
    expect(refused).not.toThrow(/hunter2/);
    expect(() => refuseOpenBroker(configOf({ url: 'nats://broker', allowOpen: true }).nats)).not.toThrow();
  });

  it('is judged alike by doctor', async () => {
    const found = await Promise.all(
      [
        { url: 'nats://broker' },
        { url: 'nats://broker', allowOpen: true },
        { url: 'nats://127.0.0.1' },
        { url: 'nats://broker', ...known },
      ].map((nats) => brokerAccessProbe(configOf(nats))),
    );
    expect(found.map(({ healthy, detail }) => [healthy, detail])).toEqual([
      [false, expect.stringContaining('could publish in our name')],
      [true, expect.stringMatching(/^warning: .*nats\.allowOpen/)],
      [true, 'without a password, on this machine only'],
      [true, 'as server, with a password'],
    ]);
    expect(found[0]?.remedy).toContain('nats.passwordFile');
  });
});
