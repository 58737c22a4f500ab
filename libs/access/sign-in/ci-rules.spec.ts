import { describe, expect, it } from 'vitest';
import { ruleFor, workflowOf } from './ci-rules.js';
import type { NamedRule } from './ci-rules.js';
import { gitHubCiSchema } from '#settings';
import { jobClaimsOf } from './job-claims.js';
import type { JobClaims } from './job-claims.js';

const DEPLOY = 'octo/app/.github/workflows/deploy.yml@refs/heads/main';

const aJob = (changes: Readonly<Record<string, unknown>> = {}): JobClaims =>
  jobClaimsOf({
    jti: 'x',
    iat: 1,
    nbf: 1,
    exp: 2,
    aud: 'us',
    repository: 'octo/app',
    repository_id: '74',
    repository_owner_id: '65',
    workflow_ref: DEPLOY,
    ref: 'refs/heads/main',
    event_name: 'push',
    run_id: '1',
    actor: 'octocat',
    ...changes,
  });

const parse = (...rules: readonly object[]) =>
  gitHubCiSchema.safeParse({
    audience: 'us',
    rules: rules.map((rule) => ({ repositoryId: 74, repositoryOwnerId: 65, ...rule })),
  });

const rules = (...given: readonly object[]): readonly NamedRule[] =>
  (parse(...given).data?.rules ?? []).map((rule, i) => ({ ...rule, name: rule.name ?? `rule ${i + 1}` }));

describe('a rule', () => {
  it.each([
    ['refs/heads/main', 'refs/heads/main'],
    ['refs/tags/v*', 'refs/tags/v1.2'],
    ['refs/tags/v*', 'refs/tags/v'],
  ])('for %s takes %s', (ref, presented) => {
    expect(ruleFor(rules({ ref }), aJob({ ref: presented })).ref).toBe(ref);
  });

  it.each([
    ['refs/heads/main', 'refs/heads/main2'],
    ['refs/heads/main', 'refs/heads/Main'],
    ['refs/tags/v*', 'refs/heads/refs/tags/v1'],
    ['refs/heads/release/*', 'refs/heads/release'],
    ['refs/heads/rel.ase', 'refs/heads/release'],
  ])('for %s refuses %s', (ref, presented) => {
    const judge = () => ruleFor(rules({ ref }), aJob({ ref: presented }));
    expect(judge).toThrow(`has the ref ${presented}, and rule 1 wants ${ref}`);
  });

  it('takes an environment as it is, even one that ends in "*"', () => {
    expect(() => ruleFor(rules({ environment: 'prod*' }), aJob({ environment: 'production' }))).toThrow(
      'has the environment production, and rule 1 wants prod*',
    );
  });

  it('judges the workflow whose code runs: a reusable one before the one that calls it', () => {
    const called = 'octo/shared/.github/workflows/release.yml@refs/tags/v1';
    const job = aJob({ job_workflow_ref: called });
    expect(workflowOf(job)).toBe(called);
    expect(ruleFor(rules({ workflowRef: 'octo/shared/.github/workflows/release.yml@*' }), job).name).toBe(
      'rule 1',
    );
    expect(() => ruleFor(rules({ workflowRef: DEPLOY }), job)).toThrow(`has the workflow ${called}`);
  });

  it('that does not care about ref, workflow and environment takes all of its repository', () => {
    expect(ruleFor(rules({}), aJob({ ref: 'refs/pull/1/merge', environment: 'x' })).roles).toEqual(['ci']);
  });
});

describe('of several rules', () => {
  it('the first that matches counts', () => {
    const given = rules(
      { ref: 'refs/tags/*' },
      { name: 'main', roles: ['developer'], tenant: 'acme' },
      { name: 'later' },
    );
    expect(ruleFor(given, aJob())).toMatchObject({ name: 'main', roles: ['developer'], tenant: 'acme' });
  });

  it('the nearest gives the reason: the one that matched furthest', () => {
    const given = rules(
      { repositoryId: 99 },
      { name: 'near', workflowRef: DEPLOY, ref: 'refs/heads/main', environment: 'production' },
      { ref: 'refs/tags/*' },
    );
    expect(() => ruleFor(given, aJob())).toThrow(
      'the job of octo/app has no environment, and near wants production',
    );
  });

  it('none tells a stranger what it wants', () => {
    const stranger = aJob({ repository: 'eve/app', repository_id: '666' });
    const judge = () => ruleFor(rules({ name: 'secret-rule', ref: 'refs/heads/main' }), stranger);
    expect(judge).toThrow('the job of eve/app has the repository_id 666, and no rule is for that');
    expect(judge).not.toThrow(/secret-rule|74/);
  });
});

describe('the settings of CI', () => {
  it.each([
    ['admin as a role', { roles: ['admin'] }, 'roles.0'],
    ['a role of the policy’s own, which may inherit from admin', { roles: ['custom'] }, 'roles.0'],
    ['no role at all', { roles: [] }, 'roles'],
    ['a name for an id', { repositoryId: 'octo/app' }, 'repositoryId'],
    ['a "*" in the middle', { ref: 'refs/*/main' }, 'ref'],
    ['a "*" alone', { workflowRef: '*' }, 'workflowRef'],
  ])('refuse %s', (_, rule, field) => {
    expect(parse(rule).error?.issues[0]?.path.join('.')).toBe(`rules.0.${field}`);
  });

  it('refuse a key that nobody knows', () => {
    expect(parse({ branch: 'main' }).error?.issues[0]).toMatchObject({
      keys: ['branch'],
      path: ['rules', 0],
    });
  });

  it('need a rule, and an issuer by https', () => {
    expect(gitHubCiSchema.safeParse({ audience: 'us', rules: [] }).success).toBe(false);
    const given = { audience: 'us', rules: [{ repositoryId: '74', repositoryOwnerId: '65' }] };
    expect(gitHubCiSchema.safeParse({ ...given, issuer: 'http://ghe.example/_services/token' }).success).toBe(
      false,
    );
    expect(gitHubCiSchema.parse(given)).toMatchObject({
      issuer: 'https://token.actions.githubusercontent.com',
      rules: [{ repositoryId: '74', roles: ['ci'], tenant: 'default' }],
    });
  });
});
