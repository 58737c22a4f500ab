import { describe, expect, it } from 'vitest';
import { listenForCode } from './loopback.js';

const visit = async (address: string) => {
  const response = await fetch(address);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

describe('the port that waits for a code', () => {
  it('takes the code that comes with its state, says so, and is of this machine alone', async () => {
    const { redirectUri, code, close } = await listenForCode('state');
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const page = await visit(`${redirectUri}?code=abc&state=state`);
    expect([page.status, page.text, await code]).toEqual([200, expect.stringContaining('Signed in'), 'abc']);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    close();
    await expect(visit(redirectUri)).rejects.toThrow('fetch failed');
  });

  it('goes on waiting after what is not its sign-in: another state, another path, another method', async () => {
    const { redirectUri, code, close } = await listenForCode('state');
    const found = [
      await visit(`${redirectUri}?code=evil&state=guessed`),
      await visit(`${redirectUri}?code=evil`),
      await visit(`${redirectUri}/../elsewhere?code=evil&state=state`),
      await fetch(`${redirectUri}?code=evil&state=state`, { method: 'POST' }),
    ];
    expect(found.map(({ status }) => status)).toEqual([400, 400, 404, 404]);
    await visit(`${redirectUri}?code=mine&state=state`);
    expect(await code).toBe('mine');
    close();
  });

  it('tells of a refusal without showing its words in the browser, or obeying them in the terminal', async () => {
    const { redirectUri, code, close } = await listenForCode('state');
    const why = '<script>no</script>\u001B[2J';
    const query = new URLSearchParams({ error: 'access_denied', error_description: why, state: 'state' });
    expect((await visit(`${redirectUri}?${query.toString()}`)).text).not.toContain('script');
    await expect(code).rejects.toMatchObject({
      code: 'access_denied',
      message: 'the sign-in was refused: <script>no</script>␛[2J',
    });
    close();
  });

  it.each([
    ['access_denied', 'access_denied'],
    ['temporarily_unavailable', 'unavailable'],
    ['server_error', 'unavailable'],
  ])('tells a no from what may pass: %s', async (error, code) => {
    const { redirectUri, code: brought, close } = await listenForCode('state');
    await visit(`${redirectUri}?error=${error}&state=state`);
    await expect(brought).rejects.toMatchObject({ code });
    close();
  });

  it('gives up when nobody comes', async () => {
    const { code, close } = await listenForCode('state', 1);
    await expect(code).rejects.toMatchObject({ code: 'deadline_exceeded' });
    close();
  });
});
