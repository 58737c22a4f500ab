import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '#contract';
import { type ActionsIssuer, startActionsIssuer } from '#test/identity/actions-issuer';
import { Seen } from '#test/identity/seen';
import { newSigningKey, signedWithPublicKey, unsigned } from '#test/identity/signing-key';
import { gitHubCiSchema } from '#settings';
import { GitHubJobTokens } from './github-job-tokens.js';

let github: ActionsIssuer;
let tokens: GitHubJobTokens;

beforeEach(async () => {
  github = await startActionsIssuer();
  const rules = [{ repositoryId: '74', repositoryOwnerId: '65' }];
  const settings = gitHubCiSchema.parse({ audience: 'https://mesh.example', issuer: github.issuer, rules });
  tokens = new GitHubJobTokens(settings, { clock: new SystemClock(), used: new Seen() });
});
afterEach(() => github.close());

const unauthenticated = (message: string) => ({ code: 'unauthenticated', message });

describe('a forged job token is refused', () => {
  it('signed by another key under the same name', async () => {
    const another = await newSigningKey('actions');
    await expect(tokens.signIn(await another.sign(github.claims()))).rejects.toMatchObject(
      unauthenticated('the signature of the job token is not that of its issuer'),
    );
  });

  it('signed by a key that the issuer does not publish, without asking for its keys each time', async () => {
    const unknown = await newSigningKey('unknown');
    await tokens.signIn(await github.token());
    const before = github.asked();
    for (let i = 0; i < 3; i++)
      await expect(tokens.signIn(await unknown.sign(github.claims()))).rejects.toMatchObject(
        unauthenticated('the job token is signed with a key that its issuer does not publish'),
      );
    expect(github.asked()).toBe(before);
  });

  it('with algorithm none', async () => {
    await expect(tokens.signIn(unsigned(github.claims()))).rejects.toMatchObject(
      unauthenticated('the job token is not signed by RS256, and GitHub signs by nothing else'),
    );
  });

  it('signed by HS256 with the public key for a secret', async () => {
    await expect(tokens.signIn(await signedWithPublicKey(github.claims(), github.key))).rejects.toMatchObject(
      unauthenticated('the job token is not signed by RS256, and GitHub signs by nothing else'),
    );
  });

  it('that is none, or too long to be one', async () => {
    await expect(tokens.signIn('cc_pat_x')).rejects.toMatchObject(
      unauthenticated('the job token is not a signed JWT'),
    );
    await expect(tokens.signIn('x'.repeat(20_000))).rejects.toMatchObject(
      unauthenticated('the job token is longer than 16384 characters'),
    );
  });

  it('whose claims were changed under a good signature', async () => {
    const [head, , signature] = (await github.token({ repository_id: '75' })).split('.');
    const payload = Buffer.from(JSON.stringify(github.claims())).toString('base64url');
    await expect(tokens.signIn(`${head}.${payload}.${signature}`)).rejects.toMatchObject(
      unauthenticated('the signature of the job token is not that of its issuer'),
    );
  });

  it('and nothing of it is repeated', async () => {
    const token = await (await newSigningKey('actions')).sign(github.claims());
    const error: unknown = await tokens.signIn(token).catch((thrown: unknown) => thrown);
    const shown = JSON.stringify(error, Object.getOwnPropertyNames(error));
    expect(shown).toContain('the signature of the job token');
    for (const part of token.split('.')) expect(shown).not.toContain(part);
  });
});
