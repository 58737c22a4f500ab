import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plant } from '#test/planted-secrets';
import { answer, scriptedServer } from '../scripted-api.contract.js';

const ME = {
  userId: 'u-1',
  userName: 'ada',
  tenant: 'default',
  roles: ['developer'],
  trust: 'verified',
  sessionId: 's-1',
  via: 'network',
};

const unknown = () =>
  answer(401, { code: 'unauthenticated', detail: 'this needs a token', hint: 'sign in again' });

const over = () => answer(401, { code: 'unauthenticated', detail: 'over' });

describe('someone who is signed in', () => {
  let server: Awaited<ReturnType<typeof scriptedServer>>;
  beforeEach(async () => {
    server = await scriptedServer();
    server.script({
      'POST /v1/auth/local': () => ({
        accessToken: plant('token'),
        tokenType: 'DPoP',
        expiresIn: 900,
        refreshToken: plant('token'),
        sessionId: 's-1',
        userId: 'u-1',
      }),
      'GET /v1/me': () => ME,
      'GET /v1/status': () => ({ mode: 'remote-enabled' }),
      'POST /v1/devices': () => ({ id: 'd-1' }),
      'DELETE /v1/devices/d-1': () => undefined,
      'POST /v1/auth/logout': () => undefined,
    });
    await server.run(['login', '--user', 'ada', '--password-file', '-'], 'x');
    server.asked.length = 0;
  });
  afterEach(() => server.close());

  const kept = () => {
    const file = join(server.folder, '.coderClaw', 'credentials.json');
    return existsSync(file) ? Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object) : [];
  };
  const asked = () => server.asked.map(({ method, path }) => `${method} ${path}`);

  it('is told who they are, where, and in which mode', async () => {
    const { exitCode, stdout } = await server.run(['whoami']);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^user +ada \(u-1\)\n/)]);
    for (const part of ['developer', 'verified', 's-1', server.url, 'remote-enabled'])
      expect(stdout).toContain(part);
    const { stdout: json } = await server.run(['whoami', '--json']);
    expect(JSON.parse(json)).toEqual({ ...ME, server: server.url, mode: 'remote-enabled' });
  });

  it('signs out: the device goes, then the session, then what was kept here', async () => {
    const { exitCode, stdout } = await server.run(['logout']);
    expect([exitCode, stdout, asked(), kept()]).toEqual([
      0,
      `signed out of ${server.url}\n`,
      ['DELETE /v1/devices/d-1', 'POST /v1/auth/logout'],
      [],
    ]);
    const again = await server.run(['logout']);
    expect([again.exitCode, again.stderr]).toEqual([0, expect.stringContaining('not signed in')]);
  });

  it.each([['whoami'], ['list']])(
    'is told by %s, once signed out, how to sign in there again',
    async (verb) => {
      await server.run(['logout']);
      server.script({ 'GET /v1/me': unknown, 'GET /v1/tasks': unknown });
      const { exitCode, stderr } = await server.run([verb]);
      expect([exitCode, stderr]).toEqual([
        3,
        expect.stringContaining(`\`coderclaw login --url ${server.url}\``),
      ]);
    },
  );

  it('is signed out too where the session is over already, or nobody knows the device', async () => {
    server.script({
      'DELETE /v1/devices/d-1': () => answer(404, {}),
      'POST /v1/auth/logout': over,
      'POST /v1/auth/refresh': over,
    });
    expect([(await server.run(['logout'])).exitCode, kept()]).toEqual([0, []]);
  });

  it('stays signed in where the server cannot end it, unless told to forget', async () => {
    server.script({ 'POST /v1/auth/logout': () => answer(503, { code: 'unavailable', detail: 'later' }) });
    expect([(await server.run(['logout'])).exitCode, kept()]).toEqual([5, [server.url]]);
    server.asked.length = 0;
    expect([(await server.run(['logout', '--forget'])).exitCode, kept(), asked()]).toEqual([0, [], []]);
  });
});
