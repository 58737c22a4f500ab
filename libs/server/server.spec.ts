import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeshError } from '#errors';
import { loadConfig } from '#platform';
import { rolesOf } from './roles.js';
import { serve } from './serve.app.js';
import { stopInOrder } from './stop-in-order.js';

describe('a server that starts', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-server-'));
    mkdirSync(join(folder, '.git'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  const configured = (yaml: string) => {
    mkdirSync(join(folder, '.coderClaw'), { recursive: true });
    writeFileSync(join(folder, '.coderClaw', 'runtime.yaml'), yaml);
    return loadConfig({ cwd: folder, env: {}, home: join(folder, 'nobody') });
  };

  it('refuses to be an api without a database address, naming the setting', async () => {
    configured('mode: remote-enabled\n');
    await expect(serve({ workspace: folder })).rejects.toMatchObject({ details: { field: 'database.url' } });
  });

  it('says that its port is taken, and leaves nothing behind: the folder opens again, and says who one is', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as AddressInfo;
    await expect(serve({ workspace: folder, port })).rejects.toMatchObject({
      code: 'unavailable',
      details: { field: 'http.port' },
    });
    blocker.close();
    const serving = await serve({ workspace: folder, port: 0 });
    expect((await fetch(`${serving.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${serving.url}/v1/tasks`)).status).toBe(401);
    const token = readFileSync(serving.tokenFile ?? '', 'utf8').trim();
    const me = await fetch(`${serving.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    const { username } = userInfo();
    expect(await me.json()).toMatchObject({
      userId: username,
      userName: username,
      issuer: 'local',
      tenant: 'default',
      sessionId: 'default',
      roles: ['admin'],
      trust: 'untrusted',
      via: 'network',
      permissions: expect.arrayContaining(['admin:all', 'task:submit']),
    });
    await serving.close();
    await serving.closed;
  }, 120_000);

  it('has all roles in local-only mode, and any in the others', () => {
    expect([...rolesOf('remote-enabled', ['worker'])]).toEqual(['worker']);
    expect([...rolesOf('local-only', undefined)]).toEqual(['api', 'projector', 'worker']);
    expect(() => rolesOf('local-only', ['worker'])).toThrow(MeshError);
  });
});

it('stops everything in order, once, and tells of what failed', async () => {
  const stopped: string[] = [];
  const stops = ['first', 'second', 'third'].map((name) => async () => {
    stopped.push(name);
    if (name === 'second') throw new Error('stuck');
  });
  const { close, closed } = stopInOrder(stops);
  await expect(close()).rejects.toThrow('not everything stopped');
  await close().catch(() => undefined);
  await closed;
  expect(stopped).toEqual(['first', 'second', 'third']);
});
