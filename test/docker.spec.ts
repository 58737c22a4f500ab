import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig, openBrokerOf } from '#platform';
import { type NatsServer, startNats } from '#test/servers';
import { natsServerBinary } from './servers/nats-binary.mjs';

const exec = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
const DOCKER = join(ROOT, 'docker');
const text = (...path: readonly string[]): string => readFileSync(join(ROOT, ...path), 'utf8');

const service = z.object({
  image: z.string(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()),
  networks: z.array(z.string()),
  healthcheck: z.object({ test: z.array(z.string()).optional(), disable: z.boolean().optional() }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const compose = z
  .object({
    services: z.record(z.string(), service),
    volumes: z.record(z.string(), z.null()),
    secrets: z.record(z.string(), z.object({ environment: z.string() })),
  })
  .parse(parse(text('docker', 'compose.yaml')));
const services = Object.entries(compose.services);
const cli = services.filter(([, { image }]) => image === 'coderclaw:local');

const there = (source: string): boolean =>
  source.startsWith('.') ? existsSync(join(DOCKER, source)) : source in compose.volumes;

describe('the compose file', () => {
  it('pins every image to a version', () => {
    for (const [, { image }] of services) expect(image).toMatch(/^(coderclaw:local|[a-z]+:\d+\.\d+[\w.-]*)$/);
  });

  it('starts a service only when what it needs is healthy', () => {
    for (const [, { depends_on: needs }] of services) {
      for (const [name, { condition }] of Object.entries(needs)) {
        expect(condition).toBe('service_healthy');
        expect(compose.services).toHaveProperty(name);
        expect(compose.services[name]?.healthcheck?.disable ?? false).toBe(false);
      }
    }
  });

  it('mounts files that exist and volumes it declares', () => {
    const mounted = services.flatMap(([, { volumes }]) =>
      volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    expect(mounted.filter((source) => !there(source))).toEqual([]);
  });

  it('keeps the worker away from the database and every secret but its own', () => {
    expect(compose.services['worker']).toMatchObject({
      networks: ['broker'],
      secrets: ['nats_worker_password'],
    });
    expect(compose.services['postgres']?.networks).toEqual(['log']);
  });

  it('declares every secret it hands out', () => {
    for (const name of services.flatMap(([, { secrets }]) => secrets))
      expect(compose.secrets).toHaveProperty(name);
  });

  const sources = existsSync(join(ROOT, 'apps/cli/main.ts'))
    ? readdirSync(join(ROOT, 'apps/cli'), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => text('apps', 'cli', file))
        .join('\n')
    : undefined;
  it.skipIf(sources === undefined)(
    'calls verbs and options the CLI has (skipped where there is no CLI)',
    () => {
      for (const [, { command }] of cli) {
        const [node, main, verb, ...rest] = command;
        expect([node, main]).toEqual(['node', 'dist/apps/cli/main.js']);
        for (const word of [verb, ...rest.filter((part) => part.startsWith('--'))])
          expect(sources).toContain(word);
      }
    },
  );
});

describe('the settings', () => {
  it.each(cli)('of the %s load, and name the broker’s user', (_, { environment, volumes }) => {
    const mounted =
      volumes.find((volume) => volume.includes('/app/.coderClaw/runtime.yaml'))?.split(':')[0] ?? '';
    const app = mkdtempSync(join(tmpdir(), 'cc-app-'));
    mkdirSync(join(app, '.coderClaw'));
    copyFileSync(join(DOCKER, mounted), join(app, '.coderClaw', 'runtime.yaml'));
    const config = loadConfig({ cwd: app, env: environment, home: app });
    rmSync(app, { recursive: true });
    expect([config.mode, openBrokerOf(config.nats)]).toEqual(['remote-enabled', undefined]);
    expect(text('docker', 'nats.conf')).toContain(`user: ${config.nats.user}`);
  });

  it('give the worker the id its user may speak for', () => {
    const { worker } = z
      .object({ worker: z.object({ id: z.string() }) })
      .parse(parse(text('docker', 'worker.yaml')));
    expect(compose.services['worker']?.environment['CODERCLAW_NATS_USER']).toBe(worker.id);
  });
});

describe('the Dockerfile', () => {
  const lines = text('docker', 'Dockerfile').split('\n');

  it('copies what exists, and runs as nobody special', () => {
    const copied = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(' ').slice(1, -1));
    const paths = copied.filter((word) => !word.startsWith('--'));
    expect(paths).toContain('libs');
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(lines).toContain('USER node');
  });
});

describe('the broker’s configuration', () => {
  const passwords = { NATS_SERVER_PASSWORD: 'server-secret', NATS_WORKER_PASSWORD: 'worker-secret' };
  let server: NatsServer;
  beforeAll(async () => {
    const authorization = text('docker', 'nats.conf').slice(
      text('docker', 'nats.conf').indexOf('authorization'),
    );
    const config = Object.entries(passwords).reduce(
      (conf, [name, value]) => conf.replace(`$${name}`, value),
      authorization,
    );
    server = await startNats({ config });
  });
  afterAll(() => server.stop());

  const worker = async () =>
    connect({
      servers: server.url,
      user: 'worker-1',
      pass: 'worker-secret',
      inboxPrefix: '_INBOX_worker-1',
      reconnect: false,
    });
  const master = async () => connect({ servers: server.url, user: 'server', pass: 'server-secret' });

  it('is accepted by the broker', async () => {
    const checked = exec(await natsServerBinary(), ['-t', '-c', join(DOCKER, 'nats.conf')], {
      env: passwords,
    });
    await expect(checked.then(({ stdout, stderr }) => stdout + stderr)).resolves.toContain('is valid');
  });

  it('lets nobody in without a password', async () => {
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/authorization/i);
  });

  it('lets a worker call as itself and hear its own leases and cancels', async () => {
    const [mine, theirs] = await Promise.all([worker(), master()]);
    theirs.subscribe('rpc.worker.v1.*.beat', { callback: (_, call) => void call.respond('heard') });
    const heard = ['lease.worker-1', 'cancel.worker-1'].map(
      (subject) =>
        new Promise((resolve) =>
          mine.subscribe(subject, { max: 1, callback: (_, said) => resolve(said.string()) }),
        ),
    );
    await Promise.all([mine.flush(), theirs.flush()]);
    expect((await mine.request('rpc.worker.v1.worker-1.beat')).string()).toBe('heard');
    theirs.publish('lease.worker-1', 'lease');
    theirs.publish('cancel.worker-1', 'cancel');
    expect(await Promise.all(heard)).toEqual(['lease', 'cancel']);
    await Promise.all([mine.close(), theirs.close()]);
  });

  it.each([
    'events.t.s.k.TaskCompleted',
    'rpc.worker.v1.worker-2.report',
    'rpc.v1.default.submitTask',
    'lease.worker-1',
    '$JS.API.INFO',
  ])('refuses a worker who publishes to %s', async (subject) => {
    const connection = await worker();
    const refused = firstRefusal(connection);
    connection.publish(subject, 'forged');
    expect(await refused).toMatchObject({ operation: 'publish', subject });
    await connection.close();
  });

  it.each([
    '>',
    'events.>',
    'lease.*',
    'lease.worker-2',
    '_INBOX.>',
    '_INBOX_worker-2.>',
    'rpc.worker.v1.worker-1.>',
  ])('refuses a worker who subscribes to %s', async (subject) => {
    const connection = await worker();
    const refused = firstRefusal(connection);
    connection.subscribe(subject, { callback: () => undefined });
    expect(await refused).toMatchObject({ operation: 'subscription', subject });
    await connection.close();
  });
});

/** What the broker first refuses a connection. */
async function firstRefusal(connection: Awaited<ReturnType<typeof connect>>): Promise<unknown> {
  for await (const status of connection.status()) {
    if (status.type === 'error') return status.error;
  }
  return undefined;
}
