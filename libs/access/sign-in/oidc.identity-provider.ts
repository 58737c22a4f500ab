import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
} from 'openid-client';
import type { Configuration, IDToken } from 'openid-client';
import type { Clock } from '#contract';
import { boundedFetch } from './bounded-fetch.js';
import { clientAuth } from './client-secret.js';
import type { SecretFile } from './client-secret.js';
import { Discovered } from './discovered.js';
import { IdentityProvider } from './identity-provider.js';
import { isLoopbackHost } from '#settings';
import { personOf } from './person-of.js';
import type { Profile } from './profile.js';
import { absenceOf, refusalOf } from './refusal-of.js';
import { denied } from './sign-in-refused.js';
import type { Proofs } from './sign-in-flow.js';

/** All that tells one OpenID provider from another. */
export type OidcOptions = Readonly<{
  /** How messages call it. */
  name: string;
  issuer: string;
  clientId: string;
  secret?: SecretFile | undefined;
  scopes: readonly string[];
  /** Where the browser comes back to. */
  redirectUri: URL;
  /** Only accounts of this Google Workspace domain. */
  hostedDomain?: string | undefined;
  clock: Clock;
}>;

/** One who vouches for people by OpenID Connect: code, PKCE, state, nonce, and an ID token whose signature is checked. */
export class OidcIdentityProvider extends IdentityProvider {
  private readonly discovered: Discovered<Configuration>;

  constructor(private readonly options: OidcOptions) {
    super();
    this.discovered = new Discovered(() => configurationOf(options), options.clock);
  }

  override async authorizationUrl({ state, nonce, challenge }: Proofs): Promise<URL> {
    const { redirectUri, scopes, hostedDomain, name } = this.options;
    try {
      return buildAuthorizationUrl(await this.discovered.get(), {
        redirect_uri: redirectUri.href,
        scope: scopes.join(' '),
        state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...(hostedDomain === undefined ? {} : { hd: hostedDomain }),
      });
    } catch (error) {
      throw absenceOf(error, name);
    }
  }

  override async profile(answer: URLSearchParams, proofs: Proofs): Promise<Profile> {
    const config = await this.discovered.get().catch((error: unknown) => {
      throw absenceOf(error, this.options.name);
    });
    try {
      return await this.proven(config, answer, proofs);
    } catch (error) {
      throw refusalOf(error, this.options.name);
    }
  }

  private async proven(config: Configuration, answer: URLSearchParams, proofs: Proofs): Promise<Profile> {
    const tokens = await authorizationCodeGrant(config, this.answered(answer), {
      expectedState: proofs.state,
      expectedNonce: proofs.nonce,
      pkceCodeVerifier: proofs.verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) throw new TypeError('"id_token" property is missing'); // the library refuses that before
    this.checkDomain(claims);
    return personOf(
      claims,
      () => fetchUserInfo(config, tokens.access_token, claims.sub),
      config.serverMetadata(),
    );
  }

  /** Our own address with the query that came back: what a proxy made of the rest says nothing. */
  private answered(answer: URLSearchParams): URL {
    const url = new URL(this.options.redirectUri);
    url.search = answer.toString();
    return url;
  }

  /** What the browser was asked for with `hd` is only a wish; the claim is what counts. */
  private checkDomain({ hd }: IDToken): void {
    const { hostedDomain, name } = this.options;
    if (hostedDomain === undefined || hd === hostedDomain) return;
    throw denied(
      `this ${name} account is not of the domain ${hostedDomain}`,
      `sign in with an account of ${hostedDomain}`,
    );
  }
}

async function configurationOf({ issuer, clientId, secret }: OidcOptions): Promise<Configuration> {
  const url = new URL(issuer);
  // the signature is checked too, and only by public keys: alg none and HS256 have none
  const execute = [enableNonRepudiationChecks, ...(isLoopbackHost(url) ? [allowInsecureRequests] : [])];
  return discovery(url, clientId, undefined, clientAuth(secret), { [customFetch]: boundedFetch, execute });
}
