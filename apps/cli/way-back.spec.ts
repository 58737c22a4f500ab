import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signInBench, signedIn } from './sign-in/sign-in-bench.contract.js';

describe('after a sign-in, a call that names no server', { timeout: 60_000 }, () => {
  let server: Awaited<ReturnType<typeof signInBench>>;
  beforeEach(async () => {
    server = await signInBench();
    server.script({ 'POST /v1/auth/local': signedIn });
  });
  afterEach(() => server.close());

  const here = async (...argv: readonly string[]) => {
    const call = server.start([...argv, '--data-dir', join(server.folder, 'data')]);
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
    const { exitCode, stderr } = await here(verb);
    expect([exitCode, stderr, server.asked]).toEqual([0, expect.stringContaining(way()), []]);
  });

  it('says so too where it takes a server and none runs here', async () => {
    await login();
    const { exitCode, stderr } = await here('submit', 'x');
    expect([exitCode, stderr]).toEqual([5, expect.stringContaining(way())]);
  });

  it('says nothing of it before a sign-in, and only what is wrong where the file cannot be trusted', async () => {
    expect((await here('whoami')).stderr).not.toContain('signed in to');
    await login();
    chmodSync(join(server.folder, '.coderClaw', 'credentials.json'), 0o644);
    const { exitCode, stderr } = await here('whoami');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('is open to others')]);
  });
});
