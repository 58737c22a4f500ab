import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWebhookSecret } from './secret.js';

describe('the key by which requests are signed', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'secret-spec-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = (content: string) => {
    const file = join(folder, 'key');
    writeFileSync(file, content);
    return readWebhookSecret(file, 'customAgents.hook.secretFile');
  };
  const key = Buffer.alloc(32, 'k');

  it.each([`whsec_${key.toString('base64')}`, `whsec_${key.toString('base64')}\n`, key.toString('base64')])(
    'is what %j stands for',
    (content) => expect(read(content)).toEqual(key),
  );

  it.each([
    '',
    'hunter2',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    Buffer.alloc(65).toString('base64'),
  ])('is not %j, and the refusal says how to make one, without what was there', (content) => {
    const message =
      /^customAgents\.hook\.secretFile: .*key does not hold whsec_ and 24 to 64 bytes in base64$/;
    expect(() => read(content)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringMatching(message),
        details: {
          field: 'customAgents.hook.secretFile',
          hint: expect.stringContaining('openssl rand -base64 32'),
        },
      }),
    );
  });

  it('is refused where its file is not there, by the name of the setting', () => {
    const message = /^customAgents\.hook\.secretFile: .*missing cannot be read: ENOENT/;
    expect(() => readWebhookSecret(join(folder, 'missing'), 'customAgents.hook.secretFile')).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(message) }),
    );
  });
});
