import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportDeviceKey, generateDeviceKey } from '#contract/dpop';
import { credentialStore, credentialsFile } from './credentials.js';
import type { Credential } from './credentials.js';

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'credentials-'));
  file = credentialsFile(home);
});
afterEach(() => rmSync(home, { recursive: true }));

const URL_A = 'https://mesh.example';
const aCredential: Credential = {
  user: 'ada',
  sessionId: 's',
  accessToken: 'access',
  expiresAt: '2026-01-01T00:00:00.000Z',
  refreshToken: 'refresh',
};
const save = (url: string, credential: Credential) =>
  credentialStore(file).change(url, async () => credential);

describe('the credentials of the CLI', () => {
  it('are in a file and a folder that only their user can read', async () => {
    const before = process.umask(0);
    try {
      await save(URL_A, aCredential);
    } finally {
      process.umask(before);
    }
    expect(file).toBe(join(home, '.coderClaw', 'credentials.json'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  });

  it('close a folder that was open', async () => {
    mkdirSync(dirname(file), { mode: 0o755 });
    await save(URL_A, aCredential);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
  });

  it.each([0o640, 0o604, 0o620, 0o666])(
    'are refused when others can open the file (mode %o)',
    async (mode) => {
      await save(URL_A, aCredential);
      chmodSync(file, mode);
      const refusal = {
        code: 'access_denied',
        details: { hint: expect.stringContaining(`chmod 600 ${file}`) },
      };
      await expect(credentialStore(file).find(URL_A)).rejects.toMatchObject(refusal);
      await expect(save(URL_A, aCredential)).rejects.toMatchObject(refusal);
    },
  );

  it('are kept for each server, however its address is written', async () => {
    await save('HTTPS://Mesh.Example:443/', aCredential);
    await save('https://mesh.example/behind/', { ...aCredential, user: 'bob' });
    await save('http://mesh.example', { ...aCredential, user: 'eve' });
    const users = [
      'https://mesh.example',
      'https://mesh.example/behind',
      'http://mesh.example',
      'http://other',
    ];
    const found = await Promise.all(users.map((url) => credentialStore(file).find(url)));
    expect(found.map((credential) => credential?.user)).toEqual(['ada', 'bob', 'eve', undefined]);
  });

  it('come back whole, the device and its key with them', async () => {
    const privateJwk = await exportDeviceKey(await generateDeviceKey());
    const enrolled = { ...aCredential, deviceId: 'd', privateJwk };
    await save(URL_A, enrolled);
    expect(await credentialStore(file).find(URL_A)).toEqual(enrolled);
  });

  it('are forgotten for one server and kept for the others', async () => {
    await save(URL_A, aCredential);
    await save('http://other', aCredential);
    await credentialStore(file).change(URL_A, async () => null);
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toEqual(['http://other']);
  });

  it('stay as they were when a change fails, and no draft is left', async () => {
    await save(URL_A, aCredential);
    const failing = credentialStore(file).change(URL_A, () => Promise.reject(new Error('offline')));
    await expect(failing).rejects.toThrow('offline');
    expect(await credentialStore(file).find(URL_A)).toEqual(aCredential);
    expect(readdirSync(dirname(file)).toSorted()).toEqual(['credentials.json', 'credentials.json.lock.2']);
  });

  it('lose nothing when many are changed at once', async () => {
    const urls = Array.from({ length: 8 }, (_, i) => `http://server-${i}`);
    await Promise.all(urls.map((url) => save(url, aCredential)));
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8'))).toSorted()).toEqual(urls);
  });

  it.each([
    ['no JSON', '{"half', 'the file'],
    ['of another shape', '{"http://x":{"user":"ada"}}', 'http://x.sessionId'],
  ])('say what is wrong with a file that is %s, and no secret of it', async (_, text, field) => {
    mkdirSync(dirname(file), { mode: 0o700 });
    writeFileSync(file, text, { mode: 0o600 });
    await expect(credentialStore(file).find('http://x')).rejects.toMatchObject({
      code: 'invalid_request',
      message: `${file}: ${field} is malformed`,
    });
  });

  it('are none where there is no file, and none is made by looking', async () => {
    expect(await credentialStore(file).find(URL_A)).toBeNull();
    expect(readdirSync(home)).toEqual([]);
  });

  it('are for servers alone', async () => {
    await expect(credentialStore(file).find('nowhere')).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
