import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPerson } from '#test/identity/person';
import type { Shown } from '#test/identity/person';
import { watchFor } from '#test/planted-secrets';
import { aKey, aRunningServer } from './remote-server.contract.js';
import type { Answer, RemoteServer, Sent } from './remote-server.contract.js';

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

const tokenOf = ({ text }: Shown) =>
  watchFor('the token of the page', /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '');

describe('signing in on a device that has no browser', () => {
  let server: RemoteServer;
  beforeAll(async () => (server = await aRunningServer()));
  afterAll(() => server.close());

  const aCode = async (sent: Sent = {}): Promise<Answer['body']> => {
    const { body } = await server.send('POST', '/v1/auth/device-code', {
      json: { client: 'a <lamp>' },
      ...sent,
    });
    watchFor('a device code', String(body['device_code']));
    return body;
  };
  const asking = () => server.send('POST', '/v1/auth/device-code', { json: {} });
  const poll = (code: Answer['body'], sent: Sent = {}) =>
    server.send('POST', '/v1/auth/token', {
      form: { grant_type: GRANT, device_code: String(code['device_code']) },
      ...sent,
    });
  const signIn = async (code: Answer['body'], password = server.admin.password) => {
    const person = aPerson();
    const shown = await person.open(String(code['verification_uri_complete']));
    return { person, shown: await person.submit(shown, { name: 'root', password, tenant: '' }) };
  };

  it('shows a code, and where to type it', async () => {
    const code = await aCode();
    expect(code).toEqual({
      device_code: expect.stringMatching(/^cc_dc_/),
      user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      verification_uri: `${server.url}/v1/auth/device`,
      verification_uri_complete: `${server.url}/v1/auth/device?user_code=${String(code['user_code'])}`,
      expires_in: 600,
      interval: 5,
    });
    const start = await aPerson().open(String(code['verification_uri']));
    expect(start.text).toContain('name="user_code"');
  });

  it('tells the device to wait, and to ask less often', async () => {
    const code = await aCode();
    const first = await poll(code);
    expect([first.status, first.body['error']]).toEqual([400, 'authorization_pending']);
    expect((await poll(code)).body['error']).toBe('slow_down');
    expect((await poll({ device_code: 'unknown' })).body['error']).toBe('invalid_grant');
  });

  it('gives tokens once, when a person has signed in, seen which device it is, and let it in', async () => {
    const code = await aCode();
    const { person, shown } = await signIn(code);
    expect(shown.text).toContain('<strong>a &lt;lamp&gt;</strong>');
    expect(shown.text).toContain(String(code['user_code']));
    expect((await poll(code)).body['error']).toBe('authorization_pending');
    const token = tokenOf(shown);
    expect((await person.submit(shown, { decision: 'approve' })).text).toContain('The device is let in');
    const { status, body } = await poll(code);
    expect([status, body['token_type']]).toEqual([200, 'Bearer']);
    const me = await server.send('GET', '/v1/me', { token: body['access_token'] });
    expect(me.body).toMatchObject({ userName: 'root', sessionId: body['sessionId'] });
    expect((await poll(code)).body['error']).toBe('invalid_grant');
    expect((await server.send('GET', '/v1/me', { token })).status).toBe(401); // the page's session has ended
  });

  it('gives nothing to a device that the person refused', async () => {
    const code = await aCode();
    const { person, shown } = await signIn(code);
    expect((await person.submit(shown, { decision: 'refuse' })).text).toContain('The device is refused');
    const { status, body } = await poll(code);
    expect([status, body['error']]).toEqual([400, 'access_denied']);
  });

  it('gives tokens to the key alone with which the code was asked for', async () => {
    const key = await aKey();
    const code = await aCode({ key });
    const { person, shown } = await signIn(code);
    await person.submit(shown, { decision: 'approve' });
    expect((await poll(code)).body['error']).toBe('invalid_grant');
    expect((await poll(code, { key: await aKey() })).body['error']).toBe('invalid_grant');
    expect((await poll(code, { key })).body['token_type']).toBe('DPoP');
  });

  it('shows a person whose password is wrong nothing of the device', async () => {
    const { shown } = await signIn(await aCode(), 'wrong');
    expect([shown.status, shown.text]).toEqual([
      401,
      expect.stringContaining('the name or the password is wrong'),
    ]);
    expect(shown.text).not.toContain('lamp');
  });

  it('tells a person that no device shows the code, and keeps no session of theirs', async () => {
    const { shown } = await signIn({
      verification_uri_complete: `${server.url}/v1/auth/device?user_code=BBBB-BBBB`,
    });
    expect([shown.status, shown.text]).toEqual([404, expect.stringContaining('no device shows this code')]);
    expect(shown.text).not.toContain('cc_at_');
  });

  it.each([['https://evil.example'], ['null']])('takes no form from a page of %s', async (origin) => {
    const code = await aCode();
    const { shown } = await signIn(code);
    const form = { user_code: String(code['user_code']), token: tokenOf(shown), decision: 'approve' };
    const { status } = await server.send('POST', '/v1/auth/device', { form, headers: { origin } });
    expect(status).toBe(403);
    expect((await poll(code)).body['error']).toBe('authorization_pending');
  });

  it.each([
    [{}, 'name'],
    [{ token: 'cc_at_x' }, 'decision'],
    [{ decision: 'approve' }, 'name'],
  ])('takes no form with %j alone', async (fields, field) => {
    const form = { user_code: 'BBBB-BBBB', ...fields };
    const { status, body } = await server.send('POST', '/v1/auth/device', { form });
    expect([status, body['field']]).toEqual([400, field]);
  });

  it('tells an address that asks for codes without end to wait', async () => {
    let answer = await asking();
    for (let n = 0; n < 50 && answer.status === 200; n++) {
      watchFor('a device code', String(answer.body['device_code']));
      answer = await asking();
    }
    expect([answer.status, answer.body['code']]).toEqual([429, 'rate_limited']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('shows no page that runs a script, is framed, or tells others where it was', async () => {
    const { headers, text } = await aPerson().open(`${server.url}/v1/auth/device?user_code="><script>`);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(text).not.toContain('<script');
  });
});
