import type { Provider } from '@nestjs/common';
import { BrowserSignIn, GitHubJobTokens, JobTokens, UsedOnce, providersOf } from '#access';
import type { SignedInJob } from '#access';
import { Clock } from '#contract';
import { MeshError } from '#errors';
import type { Config } from '#platform';
import { provide } from './nest.provide.js';

/** Where no identity provider is set up nobody is sent away, and so nobody comes back. */
const NOWHERE = 'http://localhost';

/** Who may vouch for people and for jobs, as the settings say. */
export function signInAdapters({ identity, ciGithub, http }: Config): readonly Provider[] {
  const publicUrl = http.publicUrl ?? NOWHERE;
  return [
    provide(
      BrowserSignIn,
      (clock: Clock, used: UsedOnce) =>
        new BrowserSignIn({ providers: providersOf(identity, { publicUrl, clock }), publicUrl, clock, used }),
      [Clock, UsedOnce],
    ),
    provide(
      JobTokens,
      (clock: Clock, used: UsedOnce) =>
        ciGithub ? new GitHubJobTokens(ciGithub, { clock, used }) : new NoJobTokens(),
      [Clock, UsedOnce],
    ),
  ];
}

/** No CI is set up. */
class NoJobTokens extends JobTokens {
  override signIn(): Promise<SignedInJob> {
    return Promise.reject(
      new MeshError('unsupported', 'no jobs sign in here', {
        hint: 'ci.github in .coderClaw/runtime.yaml says which may; see docs/sign-in.md',
      }),
    );
  }
}
