import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '#contract';
import { type ActionsIssuer, startActionsIssuer } from '#test/identity/actions-issuer';
import { Seen } from '#test/identity/seen';
import { gitHubCiSchema } from '#settings';
import { GitHubJobTokens } from './github-job-tokens.js';

let github: ActionsIssuer;
let tokens: GitHubJobTokens;
let used: Seen;
let now: Date;
const clock = new (class extends SystemClock {
  override now = () => now;
})();

beforeAll(async () => {
  github = await startActionsIssuer();
});
afterAll(() => github.close());
beforeEach(() => {
  now = new Date();
  used = new Seen();
  tokens = withRules([
    {
      name: 'deploy',
      repositoryId: '74',
      repositoryOwnerId: '65',
      workflowRef: 'octo/app/.github/workflows/deploy.yml@refs/heads/main',
      ref: 'refs/heads/main',
      environment: 'production',
    },
  ]);
});

const withRules = (rules: readonly object[], issuer = github.issuer): GitHubJobTokens =>
  new GitHubJobTokens(gitHubCiSchema.parse({ audience: 'https://mesh.example', issuer, rules }), {
    clock,
    used,
  });

const seconds = (ms = 0): number => Math.floor((Date.now() + ms) / 1000);

describe('a job of GitHub Actions', () => {
  it('signs in by its own token, under the ids that never change, for 15 minutes at most', async () => {
    const token = await github.token({ jti: 'once' });
    expect(await tokens.signIn(token)).toEqual({
      issuer: github.issuer,
      subject: 'repository:74',
      repository: 'octo/app',
      repositoryId: '74',
      repositoryOwnerId: '65',
      workflowRef: 'octo/app/.github/workflows/deploy.yml@refs/heads/main',
      ref: 'refs/heads/main',
      environment: 'production',
      runId: '1001',
      actor: 'octocat',
      rule: 'deploy',
      tenant: 'default',
      roles: ['ci'],
      jti: 'once',
      expiresAt: new Date(now.getTime() + 15 * 60_000),
    });
  });

  it('is the same after its repository was renamed', async () => {
    const { subject } = await tokens.signIn(await github.token({ repository: 'octo/renamed' }));
    expect(subject).toBe('repository:74');
  });

  it('remembers a token until it could not be used any more', async () => {
    await tokens.signIn(await github.token({ jti: 'kept', exp: seconds() + 300 }));
    expect(used.keys.get(`github-job-token ${github.issuer} kept`)?.getTime()).toBeGreaterThan(
      (seconds() + 300 + 29) * 1000,
    );
  });
});

const unauthenticated = (message: string) => ({ code: 'unauthenticated', message });
const denied = (message: string) => ({ code: 'access_denied', message });

describe('a job token is refused', () => {
  it.each([
    [
      'of another repository',
      { repository_id: '75' },
      'the job of octo/app has the repository_id 75, and no rule is for that',
    ],
    [
      'of a repository of that name under another owner',
      { repository_owner_id: '66' },
      'the job of octo/app has the repository_owner_id 66, and no rule is for that',
    ],
    [
      'of another ref',
      { ref: 'refs/heads/topic' },
      'the job of octo/app has the ref refs/heads/topic, and deploy wants refs/heads/main',
    ],
    [
      'of another environment',
      { environment: 'staging' },
      'the job of octo/app has the environment staging, and deploy wants production',
    ],
    [
      'of no environment',
      { environment: undefined },
      'the job of octo/app has no environment, and deploy wants production',
    ],
    [
      'of another workflow',
      { job_workflow_ref: 'octo/app/.github/workflows/test.yml@refs/heads/main' },
      'the job of octo/app has the workflow octo/app/.github/workflows/test.yml@refs/heads/main, ' +
        'and deploy wants octo/app/.github/workflows/deploy.yml@refs/heads/main',
    ],
    [
      'of pull_request_target',
      { event_name: 'pull_request_target' },
      'a job of pull_request_target may not sign in: it has the rights of the base, and may run code of a stranger',
    ],
  ])('%s', async (_, changes, reason) => {
    await expect(tokens.signIn(await github.token(changes))).rejects.toMatchObject(denied(reason));
  });

  it.each([
    [
      'for another audience',
      { aud: 'https://other.example' },
      'the job token was made for another audience than us',
    ],
    [
      'for others as well, who could hand it on',
      { aud: ['https://mesh.example', 'https://other.example'] },
      'the claim aud of the job token is wrong: must be one audience',
    ],
    [
      'of another issuer',
      { iss: 'https://evil.example' },
      'the job token was made by another issuer than ours',
    ],
    ['that has expired', { exp: seconds(-60_000) }, 'the job token has expired'],
    ['that is not valid yet', { nbf: seconds(60_000) }, 'the job token is not valid yet'],
    ['from the future', { iat: seconds(60_000) }, 'the job token was issued in the future'],
    [
      'of long ago that says it never expires',
      { iat: seconds(-3_700_000), exp: seconds(1e9) },
      'the job token has expired',
    ],
  ])('%s', async (_, changes, reason) => {
    await expect(tokens.signIn(await github.token(changes))).rejects.toMatchObject(unauthenticated(reason));
  });

  it.each([
    'jti',
    'iat',
    'nbf',
    'exp',
    'aud',
    'iss',
    'repository',
    'repository_id',
    'repository_owner_id',
    'workflow_ref',
    'ref',
    'event_name',
    'run_id',
    'actor',
  ])('without the claim %s', async (claim) => {
    await expect(tokens.signIn(await github.token({ [claim]: undefined }))).rejects.toMatchObject(
      unauthenticated(`the job token has no claim ${claim}`),
    );
  });

  it('the second time', async () => {
    const token = await github.token();
    await tokens.signIn(token);
    await expect(tokens.signIn(token)).rejects.toMatchObject(
      unauthenticated('the job token was used before'),
    );
  });

  it('and may still be used where it was refused by a rule alone', async () => {
    const token = await github.token({ environment: 'staging' });
    await expect(tokens.signIn(token)).rejects.toMatchObject({ code: 'access_denied' });
    expect(used.keys.size).toBe(0);
  });
});

it('is unavailable, and not refused, while the issuer’s keys cannot be read', async () => {
  const away = await startActionsIssuer();
  await away.close();
  const rule = { repositoryId: '74', repositoryOwnerId: '65' };
  await expect(withRules([rule], away.issuer).signIn(await away.token())).rejects.toMatchObject({
    code: 'unavailable',
  });
});
