import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plant } from '#test/planted-secrets';
import { signInBench, signedIn } from './sign-in/sign-in-bench.contract.js';

/** A local server on a data folder, which knows its one user. */
async function localServer(dataDir: string) {
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'token'), plant('token'));
  const me = { userId: 'ada', tenant: 'default', roles: ['admin'], trust: 'trusted', sessionId: 'default' };
  const server = createServer((_, response) => response.end(JSON.stringify({ ...me, mode: 'local-only' })));
  await once(server.listen(join(dataDir, 'coderclaw.sock')), 'listening');
  return server;
}

describe('after a sign-in, a call that names no server', () => {
  let server: Awaited<ReturnType<typeof signInBench>>;
  let local: Server;
  beforeEach(async () => {
    server = await signInBench();
    local = await localServer(join(server.folder, 'data'));
    server.script({ 'POST /v1/auth/local': signedIn });
  });
  afterEach(() => {
    local.close();
    server.close();
  });

  const here = async (argv: readonly string[], dataDir = 'data') => {
    const call = server.start([...argv, '--data-dir', join(server.folder, dataDir)]);
    return { exitCode: await call.exitCode, stdout: call.stdout(), stderr: call.stderr() };
  };
  const login = () => server.run(['login', '--user', 'ada', '--password-file', '-'], 'x');
  const way = () => `you are signed in to ${server.url}: to go there, add --url ${server.url}`;

  it('was announced: the sign-in says how later calls get there', async () => {
    expect((await login()).stderr).toContain(`add --url ${server.url} or set CODERCLAW_URL`);
  });

  it.each(['whoami', 'logout'])('stays on this machine, and says how to get there: %s', async (verb) => {
    await login();
    server.asked.length = 0;
    const { exitCode, stderr } = await here([verb]);
    expect([exitCode, stderr, server.asked]).toEqual([0, expect.stringContaining(way()), []]);
  });

  it('says so too where it takes a server and none runs here', async () => {
    await login();
    const { exitCode, stderr } = await here(['submit', 'x'], 'nowhere');
    expect([exitCode, stderr]).toEqual([5, expect.stringContaining(way())]);
  });

  it('says nothing of it before a sign-in, and only what is wrong where the file cannot be trusted', async () => {
    expect((await here(['whoami'])).stderr).not.toContain('signed in to');
    await login();
    chmodSync(join(server.folder, '.coderClaw', 'credentials.json'), 0o644);
    const { exitCode, stderr } = await here(['whoami']);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('is open to others')]);
  });
});
