import { describe, expect, it, vi } from 'vitest';
import { SilentLogger } from '#contract';
import { MeshError } from '#errors';
import { loadConfig } from '#platform';
import type { ConfigFile } from '#platform';
import { checkWayIn } from './way-in.js';

const RULE = { name: 'r', repositoryId: '1', repositoryOwnerId: '2' };
const OIDC = {
  http: { publicUrl: 'https://mesh.example' },
  identity: { oidc: { issuer: 'https://login.example', clientId: 'mesh' } },
} as const;
const JOBS = { ci: { github: { audience: 'us', issuer: 'https://token.example', rules: [RULE] } } };

/** What a start says: nothing, a warning, or why it is refused. */
async function saidAtStart(settings: object, { prepared = false, shut = false } = {}): Promise<string> {
  const flags = { mode: 'remote-enabled', ...settings } as ConfigFile;
  const logger = new SilentLogger();
  const warned = vi.spyOn(logger, 'warn');
  const config = loadConfig({ cwd: '/nowhere', home: '/nowhere', env: {}, flags });
  try {
    await checkWayIn(config, logger, {
      isPrepared: () => Promise.resolve(prepared),
      shutDoor: () => Promise.resolve(shut ? new MeshError('illegal_transition', 'shut') : undefined),
    });
  } catch (error) {
    const { code, message, details } = error as MeshError;
    return `${code}: ${message}; ${details.hint}`;
  }
  return warned.mock.calls.flat().join();
}

describe('a start', () => {
  it('is refused where nobody could ever sign in', async () => {
    expect(await saidAtStart({})).toMatch(/^invalid_request: nobody could sign in.*coderclaw init/);
  });

  it.each([
    ['an identity provider', OIDC],
    ['a rule for jobs', JOBS],
  ])('with %s and no user yet warns that there is no admin, and how one is made', async (_, settings) => {
    expect(await saidAtStart(settings)).toMatch(/^there is no user yet.*`coderclaw init`.*--one-time-token/);
    expect(await saidAtStart(settings, { prepared: true })).toBe('');
  });

  it('is refused where the policy lets in by nothing that is set up, with the way out', async () => {
    const shut = { prepared: true, shut: true };
    const refused = /^invalid_request: shut; .*security\.yaml.*coderclaw policy reset/;
    expect(await saidAtStart(OIDC, shut)).toMatch(refused);
    expect(await saidAtStart({}, shut)).toMatch(refused);
    expect(await saidAtStart(JOBS, shut)).toBe(''); // jobs come in whatever people may not
  });

  it('asks nothing of local-only mode, where nobody signs in', async () => {
    expect(await saidAtStart({ mode: 'local-only' }, { shut: true })).toBe('');
  });
});
