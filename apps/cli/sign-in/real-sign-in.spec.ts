import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '#server';
import { startOidcServer } from '#test/identity/oidc-server';
import type { OidcServer } from '#test/identity/oidc-server';
import { plant } from '#test/planted-secrets';
import { freePort } from '#test/servers/port';
import { cliIn } from '../fake-cli.contract.js';

/** What a person's browser does: follows, keeps cookies, and stops at a page. */
function browser() {
  const cookies = new Map<string, string>();
  const visit = async (address: string | URL, form?: Readonly<Record<string, string>>): Promise<string> => {
    const url = new URL(address);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const sent = form ? { method: 'POST', body: new URLSearchParams(form) } : {};
    const headers = { cookie, ...(form ? { origin: url.origin } : {}) };
    const response = await fetch(url, { ...sent, headers, redirect: 'manual' });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    return location === null ? response.text() : visit(new URL(location, url));
  };
  return { visit };
}

const decoded = (html: string): string => html.replaceAll('&amp;', '&');
const hiddenToken = (page: string): string => /name="token" value="([^"]+)"/.exec(page)?.[1] ?? '';

describe('signing in to a real server', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'coderclaw-sign-in-'));
  const { start, run } = cliIn(folder);
  const password = plant('password');
  let provider: OidcServer;
  let server: Awaited<ReturnType<typeof serve>>;
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    provider = await startOidcServer(`${url}/v1/auth/oidc/callback`);
    mkdirSync(join(folder, '.coderClaw'));
    const oidc = `{ issuer: "${provider.issuer}", clientId: ${provider.publicClientId} }`;
    writeFileSync(
      join(folder, '.coderClaw', 'runtime.yaml'),
      `identity: { oidc: ${oidc} }\nhttp: { publicUrl: "${url}" }\nsecurity: { defaultRoles: [readonly] }\n`,
    );
    const dataDir = join(folder, '.coderClaw', 'data');
    server = await serve({ workspace: folder, dataDir, port, roles: ['api', 'projector', 'worker'] });
    await run(['user', 'create', 'grace', '--role', 'developer', '--password-file', '-'], password);
  });
  afterAll(async () => {
    await server.close();
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('by an identity provider: in the browser, on the person’s word, with a key of the machine', async () => {
    const { visit } = browser();
    const pages: Promise<string>[] = [];
    const call = start(['login', '--provider', 'oidc', '--json', '--url', url], {
      openBrowser: (address) => void pages.push(visit(address)),
    });
    await expect.poll(() => pages.length, { timeout: 30_000 }).toBe(1);
    const page = decoded((await pages[0]) ?? '');
    const link = /href="(http:\/\/127\.0\.0\.1:\d+\/callback[^"]*)"/.exec(page)?.[1] ?? '';
    expect(await visit(link)).toContain('Signed in');
    expect(await call.exitCode).toBe(0);
    expect(JSON.parse(call.stdout())).toMatchObject({ roles: ['readonly'], trust: 'verified' });
    const { exitCode } = await run(['list', '--url', url]);
    expect(exitCode).toBe(0);
  });

  it('by an identity provider that says no: the terminal says so at once', async () => {
    provider.signsInAs(null);
    const { visit } = browser();
    const pages: Promise<string>[] = [];
    const call = start(['login', '--provider', 'oidc', '--url', url], {
      openBrowser: (address) => void pages.push(visit(address)),
    });
    await expect.poll(() => pages.length, { timeout: 30_000 }).toBe(1);
    const link =
      /href="(http:\/\/127\.0\.0\.1:\d+\/callback[^"]*)"/.exec(decoded((await pages[0]) ?? ''))?.[1] ?? '';
    provider.signsInAs('ada');
    expect(await visit(link)).toContain('Not signed in');
    expect([await call.exitCode, call.stderr()]).toEqual([3, expect.stringContaining('said no')]);
  });

  it('by a provider that is not set up there ends at once, and says what to set', async () => {
    const { exitCode, stderr } = await run(['login', '--provider', 'github', '--url', url]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('identity.github')]);
    expect(stderr).toContain('there is: oidc');
  });

  it.each([
    ['approve', 0],
    ['refuse', 3],
  ])('by a device code that a person decides to %s: exit code %i', async (decision, expected) => {
    const { visit } = browser();
    const call = start(['login', '--device-code', '--device-name', 'a box', '--json', '--url', url]);
    await expect.poll(call.stderr, { timeout: 30_000 }).toContain('approve this code');
    const address = /Open (\S+)/.exec(call.stderr())?.[1] ?? '';
    const code = new URL(address).searchParams.get('user_code') ?? '';
    expect(await visit(address)).toContain('Sign in');
    const page = await visit(`${url}/v1/auth/device`, { user_code: code, name: 'grace', password });
    expect(page).toContain('a box');
    await visit(`${url}/v1/auth/device`, { user_code: code, token: hiddenToken(page), decision });
    expect(await call.exitCode).toBe(expected);
    const who = await run(['whoami', '--json', '--url', url]);
    expect(JSON.parse(who.stdout)).toMatchObject({
      userName: 'grace',
      roles: ['developer'],
      trust: 'verified',
    });
  });
});
