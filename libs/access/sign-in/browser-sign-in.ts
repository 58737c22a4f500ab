import { decode } from '#contract';
import type { Clock } from '#contract';
import { MeshError } from '#errors';
import type { UsedOnce } from '../used-once.js';
import { checkFlow, expiryOf } from './flow-check.js';
import { BEGIN_AGAIN, FlowCookie } from './flow-cookie.js';
import type { IdentityProvider } from './identity-provider.js';
import { isProviderKind } from './profile.js';
import type { Profile, ProviderKind } from './profile.js';
import { proofsOf, startFlow, followUpSchema } from './sign-in-flow.js';
import type { FollowUp } from './sign-in-flow.js';
import { refused } from './sign-in-refused.js';
import { SignInStrategies } from './sign-in-strategies.js';

/** What a sign-in needs around it. */
export type SignInParts = Readonly<{
  providers: ReadonlyMap<ProviderKind, IdentityProvider>;
  /** The address by which browsers reach this server. */
  publicUrl: string;
  clock: Clock;
  used: UsedOnce;
}>;

/** Signs people in through their browser, with no framework: what a controller needs, and no more. */
export class BrowserSignIn {
  private readonly strategies: SignInStrategies;
  private readonly cookie: FlowCookie;

  constructor(private readonly parts: SignInParts) {
    this.strategies = new SignInStrategies(parts.providers);
    this.cookie = new FlowCookie(new URL(parts.publicUrl));
  }

  /** The providers that are set up. */
  get kinds(): readonly ProviderKind[] {
    return [...this.parts.providers.keys()];
  }

  /** The `Set-Cookie` that ends a sign-in, for the answer to a callback, be it a yes or a no. */
  get clearedCookie(): string {
    return this.cookie.cleared;
  }

  /**
   * Where to send the browser, and the `Set-Cookie` that goes with it.
   *
   * @throws {MeshError} `not_found` for a provider that is not set up, `invalid_request` if `followUp` is not one of the
   *   three, `unavailable` if the provider cannot be reached
   */
  async beginSignIn(
    kind: string,
    followUp: FollowUp,
  ): Promise<Readonly<{ location: string; cookie: string }>> {
    const provider = this.providerOf(kind);
    const flow = startFlow(provider, decode(followUpSchema, followUp), this.parts.clock.now());
    const location = await this.strategies.redirect(provider, { proofs: proofsOf(flow) });
    return { location, cookie: this.cookie.holding(flow) };
  }

  /**
   * Who came back, proven, and what follows. Of `callbackUrl` only the query counts; it may be a path.
   *
   * @throws {MeshError} `unauthenticated`, `access_denied` or `unavailable`, each with its reason
   */
  async finishSignIn(
    kind: string,
    callbackUrl: string,
    cookieHeader: string | undefined,
  ): Promise<Readonly<{ profile: Profile; followUp: FollowUp }>> {
    const { clock, used } = this.parts;
    const provider = this.providerOf(kind);
    const answer = queryOf(callbackUrl);
    const flow = this.cookie.flowIn(cookieHeader);
    const proofs = checkFlow(flow, { kind: provider, answer, now: clock.now() });
    if (!(await used.first('sign-in', proofs.state, expiryOf(flow))))
      throw refused('this sign-in was finished before', BEGIN_AGAIN);
    return {
      profile: await this.strategies.profile(provider, { proofs, answer }),
      followUp: flow.followUp,
    };
  }

  /**
   * The program on the person's machine that waits for this sign-in, to be told of a refusal too. None unless the
   * callback is to the sign-in under way in this browser: where anybody else's word would go is not theirs to choose.
   */
  programOf(
    kind: ProviderKind,
    callbackUrl: string,
    cookieHeader: string | undefined,
  ): Extract<FollowUp, { kind: 'code' }> | null {
    try {
      const flow = this.cookie.flowIn(cookieHeader);
      checkFlow(flow, { kind, answer: queryOf(callbackUrl), now: this.parts.clock.now() });
      return flow.followUp.kind === 'code' ? flow.followUp : null;
    } catch {
      return null; // why is what `finishSignIn` says
    }
  }

  private providerOf(kind: string): ProviderKind {
    if (isProviderKind(kind) && this.parts.providers.has(kind)) return kind;
    throw new MeshError('not_found', `nobody signs in with ${kind.slice(0, 32)} here`, {
      hint: this.kinds.length > 0 ? `there is: ${this.kinds.join(', ')}` : 'no identity provider is set up',
    });
  }
}

/** The host before it is what a proxy made of it, and says nothing. */
const queryOf = (url: string): URLSearchParams => new URLSearchParams(/\?([^#]*)/.exec(url)?.[1] ?? '');
