import { describe, expect, it } from 'vitest';
import { MeshError } from '#errors';
import type { Answered, Api } from '../api.js';
import { fakeIo } from '../fake-cli.contract.js';
import { connector } from '../connection.js';
import { Call } from '../verb.js';
import { byDeviceCode } from './by-device-code.js';

const STARTED = {
  device_code: 'secret-code',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://mesh.example/device',
  verification_uri_complete: 'https://mesh.example/device?user_code=WDJB-MJHT',
  expires_in: 600,
  interval: 5,
};

const refused = (error: string, status = 400): Answered => ({ ok: false, status, body: { error } });
const approved: Answered = { ok: true, status: 200, body: { accessToken: 'x' } };

/** A server that answers each poll by the next word of its script, and a clock that runs as one waits. */
function scripted(started: object, ...turns: readonly (Answered | Error)[]) {
  const waits: number[] = [];
  const bodies: unknown[] = [];
  let time = 0;
  const rest = [...turns];
  const api = {
    post: async () => started,
    ask: async (_method: string, _path: string, sent: { body: unknown }) => {
      bodies.push(sent.body);
      const turn = rest.shift() ?? refused('authorization_pending');
      if (turn instanceof Error) throw turn;
      return turn;
    },
  } as unknown as Api;
  const fake = fakeIo();
  const call = new Call(fake.io, {}, connector(fake.io));
  const way = byDeviceCode({
    now: () => time,
    pause: async (ms) => {
      waits.push(ms / 1000);
      time += ms;
    },
  });
  return {
    waits,
    bodies,
    stderr: fake.stderr,
    done: way(call, { api, url: 'https://mesh.example', client: 'me' }),
  };
}

describe('signing in by a device code', () => {
  it('shows where to go and which code, and asks no sooner than it may until it is approved', async () => {
    const { waits, bodies, stderr, done } = scripted(STARTED, refused('authorization_pending'), approved);
    expect(await done).toEqual({ accessToken: 'x' });
    expect(stderr()).toContain('https://mesh.example/device?user_code=WDJB-MJHT');
    expect(stderr()).toContain('the same there: WDJB-MJHT');
    expect(waits).toEqual([5, 5]);
    expect(bodies[0]).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'secret-code',
    });
  });

  it('asks five seconds more seldom from each slow_down on', async () => {
    const slow = refused('slow_down');
    const { waits, done } = scripted(STARTED, slow, refused('authorization_pending'), slow, approved);
    await done;
    expect(waits).toEqual([5, 10, 10, 15]);
  });

  it('does not give up on a server that is away or busy, but asks more seldom', async () => {
    const away = new MeshError('unavailable', 'gone');
    const { waits, done } = scripted(STARTED, away, refused('x', 429), approved);
    await done;
    expect(waits).toEqual([5, 10, 15]);
  });

  it('waits five seconds where the server does not say', async () => {
    const { interval: _, ...started } = STARTED;
    const { waits, done } = scripted(started, approved);
    await done;
    expect(waits).toEqual([5]);
  });

  it.each([
    ['access_denied', 'the code was not approved'],
    ['expired_token', 'the code was not approved in time'],
  ])('ends at %s', async (error, message) => {
    await expect(scripted(STARTED, refused(error)).done).rejects.toMatchObject({
      code: 'access_denied',
      message,
    });
  });

  it('ends when the time is over, whatever the server says', async () => {
    const { waits, done } = scripted({ ...STARTED, expires_in: 20 });
    await expect(done).rejects.toMatchObject({ message: 'the code was not approved in time' });
    expect(waits).toEqual([5, 5, 5, 5]);
  });

  it('ends at any other refusal, in its own words', async () => {
    const body = { error: 'invalid_grant', code: 'unauthenticated', detail: 'the key is another' };
    const { done } = scripted(STARTED, { ok: false, status: 400, body });
    await expect(done).rejects.toMatchObject({ code: 'unauthenticated', message: 'the key is another' });
  });

  it('does not let the server write on the terminal what it likes', async () => {
    const { stderr, done } = scripted({ ...STARTED, user_code: 'A\u001B[2JB' }, approved);
    await done;
    expect(stderr()).toContain('A␛[2JB');
  });
});
