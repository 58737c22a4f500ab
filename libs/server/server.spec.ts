import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeshError } from '#errors';
import { loadConfig } from '#platform';
import { rolesOf } from './roles.js';
import { serve } from './serve.app.js';
import { stopInOrder } from './stop-in-order.js';
import { tokensOf } from './token-directory.js';

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

  it('makes a token that only its user can read, and keeps it', async () => {
    const config = configured('mode: local-only\n');
    const tokens = tokensOf(config);
    const file = join(config.dataDir, 'token');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await tokens.find('not it')).toBeNull();
    tokensOf(config);
    expect(await tokens.find(readFileSync(file, 'utf8').trim())).toMatchObject({
      roles: ['admin'],
      trust: 'trusted',
    });
  });

  it('knows configured tokens by their hash or their file, each with its tenant and roles', async () => {
    const file = join(folder, 'secret');
    writeFileSync(file, 'a-secret-in-a-file\n');
    const hash = '3fd30542fe3f61b14bd4a4b2dc0b6fb30fa6f63ebce52dd1778aaa8c4dc02cff'; // of: mine
    const tokens = tokensOf(
      configured(`mode: remote-enabled
access:
  tokens:
    - { name: a, user: ada, roles: [developer], tenant: one, sha256: ${hash} }
    - { name: b, user: bob, roles: [ci], file: ${file} }
`),
    );
    expect(await tokens.find('a-secret-in-a-file')).toMatchObject({
      id: 'bob',
      tenant: 'default',
      roles: ['ci'],
    });
    expect(await tokens.find('mine')).toMatchObject({
      id: 'ada',
      tenant: 'one',
      roles: ['developer'],
      sessionId: 'a',
    });
    expect(await tokens.find(hash)).toBeNull();
  });

  it('refuses a role that does not exist, naming those that do', () => {
    const token = `{ name: a, user: a, roles: [wizard], sha256: ${'a'.repeat(64)} }`;
    expect(() => tokensOf(configured(`mode: remote-enabled\naccess: { tokens: [${token}] }\n`))).toThrow(
      'a has the role wizard; there are: admin, developer, readonly, ci',
    );
  });

  it('refuses a remote mode in which nobody could sign in, and says what to do', () => {
    expect(() => tokensOf(configured('mode: remote-enabled\n'))).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        details: expect.objectContaining({ field: 'access.tokens' }) as object,
      }),
    );
  });

  it('refuses to be an api without a database address, naming the setting', async () => {
    configured(
      `mode: remote-enabled\naccess: { tokens: [{ name: a, user: a, roles: [admin], sha256: ${'a'.repeat(64)} }] }\n`,
    );
    await expect(serve({ workspace: folder })).rejects.toMatchObject({ details: { field: 'database.url' } });
  });

  it('says that its port is taken, and leaves nothing behind: the folder opens again', async () => {
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
