import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '#contract';
import { MeshError } from '#errors';
import type { IdentityProvider, PolicyDocument } from '#policy';
import { PolicyFile } from './policy-file.js';

class Log extends Logger {
  readonly errors: unknown[] = [];
  override info(): void {}
  override warn(): void {}
  override error(_message: string, fields?: unknown): void {
    this.errors.push(fields);
  }
}

describe('a policy in a file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'policy-'));
    path = join(folder, 'security.yaml');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const wrong = 'enforceTrust: perhaps\nallowedRoles: 7\nnosuch: 1\n';

  it('is none where there is no file', () => {
    expect(new PolicyFile(path, new Log()).document).toBeNull();
  });

  it('starts with no file that it cannot read, and tells every problem with line and column', () => {
    writeFileSync(path, wrong);
    expect(() => new PolicyFile(path, new Log())).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringMatching(
          /security\.yaml:1:15: .*security\.yaml:2:15: .*security\.yaml:3:9: /s,
        ) as string,
      }),
    );
  });

  it('names no way to sign in that is not set up, and says where it is named', () => {
    writeFileSync(path, 'identity:\n  providers: [oidc, github]\n');
    const open = (providers: readonly IdentityProvider[]) => new PolicyFile(path, new Log(), { providers });
    expect(() => open(['local', 'oidc'])).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringMatching(
          /security\.yaml:2:21: identity\.providers\.1: github is not set up.*identity\.github in/,
        ) as string,
      }),
    );
    expect(open(['oidc', 'github']).document).not.toBeNull();
  });

  it('does not come to hold where it is not accepted, and is asked about again where nobody could tell', async () => {
    const log = new Log();
    const file = new PolicyFile(path, log, { providers: ['local'] });
    const changed = vi.fn<() => void>();
    const accept = vi
      .fn<(document: PolicyDocument | null) => Promise<void>>()
      .mockRejectedValueOnce(new MeshError('illegal_transition', 'nobody could sign in'))
      .mockRejectedValueOnce(new MeshError('unavailable', 'the database is away'))
      .mockResolvedValue();
    const stop = file.watch({ changed, accept });
    const told = (times: number) =>
      vi.waitFor(() => expect(log.errors).toHaveLength(times), { timeout: 10_000 });
    writeFileSync(path, 'deniedUsers: [ada]\n');
    await told(1);
    writeFileSync(path, 'identity: { providers: [github] }\n');
    await told(2);
    expect(accept).toHaveBeenCalledTimes(1);
    expect([file.document, changed.mock.calls]).toEqual([null, []]);
    writeFileSync(path, 'deniedUsers: [mallory]\n');
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1), { timeout: 10_000 });
    expect(file.document).toEqual({ deniedUsers: ['mallory'] });
    expect([accept.mock.calls.length, log.errors.length]).toEqual([3, 3]);
    await stop();
  });

  it('is read again when it changes, appears or goes; what is wrong changes nothing, and is told', async () => {
    const log = new Log();
    const file = new PolicyFile(path, log);
    const changed = vi.fn<() => void>();
    const stop = file.watch({ changed });
    const changes = (times: number) =>
      vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(times), { timeout: 10_000 });
    writeFileSync(path, 'deniedUsers: [mallory]\n');
    await changes(1);
    expect(file.document).toEqual({ deniedUsers: ['mallory'] });
    writeFileSync(path, wrong);
    await vi.waitFor(() => expect(log.errors).toHaveLength(1), { timeout: 10_000 });
    expect(log.errors[0]).toMatchObject({ error: expect.stringContaining('security.yaml:3:9') as string });
    expect(file.document).toEqual({ deniedUsers: ['mallory'] });
    writeFileSync(path, 'deniedUsers: [mallory, trudy]\n');
    await changes(2);
    expect(file.document).toEqual({ deniedUsers: ['mallory', 'trudy'] });
    rmSync(path);
    await changes(3);
    expect(file.document).toBeNull();
    await stop();
  });
});
