import passport from 'passport';
import type { IdentityProvider } from './identity-provider.js';
import type { Proofs } from './sign-in-flow.js';

/** What one step of a sign-in has to go by: a first step has no answer yet. */
export type SignInStep = Readonly<{ proofs: Proofs; answer?: URLSearchParams | undefined }>;

/**
 * An identity provider as passport knows one: sends the browser away, or says who came back.
 *
 * openid-client's own strategy keeps its state in a server session, has no state where the provider takes PKCE, and no
 * nonce in a code flow. Ours are always all three, and held by the browser (`proofsOf`).
 */
export class ProviderStrategy extends passport.Strategy {
  constructor(private readonly provider: IdentityProvider) {
    super();
  }

  override authenticate({ proofs, answer }: SignInStep): void {
    const answered =
      answer === undefined
        ? this.provider.authorizationUrl(proofs).then(({ href }) => this.redirect(href))
        : this.provider.profile(answer, proofs).then((profile) => this.success(profile));
    answered.catch((error: unknown) => this.error(error));
  }
}
