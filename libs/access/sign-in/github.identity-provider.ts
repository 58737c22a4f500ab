import {
  Configuration,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  customFetch,
} from 'openid-client';
import type { CustomFetch } from 'openid-client';
import { z } from 'zod';
import { boundedFetch } from './bounded-fetch.js';
import { clientAuth } from './client-secret.js';
import type { SecretFile } from './client-secret.js';
import { IdentityProvider } from './identity-provider.js';
import { isLoopbackHost } from '#settings';
import { labelSchema } from './profile.js';
import type { Profile } from './profile.js';
import { refusalOf } from './refusal-of.js';
import { refused } from './sign-in-refused.js';
import type { Proofs } from './sign-in-flow.js';

export type GitHubOptions = Readonly<{
  clientId: string;
  secret: SecretFile;
  /** Where people sign in, without a slash at the end: with the numeric id, it is who a person is. */
  baseUrl: string;
  apiUrl: string;
  /** Where the browser comes back to. */
  redirectUri: URL;
}>;

/** The number stays with the account; the login may be given up and taken by somebody else. */
const accountSchema = z.object({
  id: z.int().positive(),
  login: labelSchema,
  name: labelSchema,
  email: labelSchema,
});

/**
 * GitHub vouches by OAuth 2 alone: there is no ID token, so who signed in is read from its API with the access token.
 * No scope is asked for: who an account is needs none.
 */
export class GitHubIdentityProvider extends IdentityProvider {
  private readonly config: Configuration;

  constructor(private readonly options: GitHubOptions) {
    super();
    this.config = configurationOf(options);
  }

  override async authorizationUrl({ state, challenge }: Proofs): Promise<URL> {
    return buildAuthorizationUrl(this.config, {
      redirect_uri: this.options.redirectUri.href,
      state,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
  }

  override async profile(answer: URLSearchParams, { state, verifier }: Proofs): Promise<Profile> {
    const answered = new URL(this.options.redirectUri);
    answered.search = answer.toString();
    try {
      const { access_token: token } = await authorizationCodeGrant(this.config, answered, {
        expectedState: state,
        pkceCodeVerifier: verifier,
      });
      const { id, login, name, email } = await this.account(token);
      return { issuer: this.options.baseUrl, subject: String(id), name: login, displayName: name, email };
    } catch (error) {
      throw refusalOf(error, 'GitHub');
    }
  }

  private async account(token: string): Promise<z.output<typeof accountSchema>> {
    const response = await boundedFetch(`${this.options.apiUrl}/user`, {
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'coderclaw',
        'x-github-api-version': '2022-11-28',
      },
    });
    const account = accountSchema.safeParse(await response.json().catch(() => undefined));
    if (response.ok && account.success) return account.data;
    throw refused(`GitHub does not say who signed in (status ${response.status})`, 'begin the sign-in again');
  }
}

function configurationOf({ baseUrl, clientId, secret }: GitHubOptions): Configuration {
  const oauth = `${baseUrl}/login/oauth`;
  const config = new Configuration(
    {
      issuer: oauth, // what GitHub calls itself in `iss` (RFC 9207), where it sends one
      authorization_endpoint: `${oauth}/authorize`,
      token_endpoint: `${oauth}/access_token`,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    },
    clientId,
    undefined,
    clientAuth(secret),
  );
  config[customFetch] = gitHubFetch;
  if (isLoopbackHost(new URL(baseUrl))) allowInsecureRequests(config);
  return config;
}

/** GitHub says no with status 200 (its own troubleshooting page says so); RFC 6749 says 400. */
const gitHubFetch: CustomFetch = async (url, init) => {
  const response = await boundedFetch(url, init);
  const text = await response.text();
  const status = response.status === 200 && isRefusal(text) ? 400 : response.status;
  return new Response(text, { status, headers: response.headers });
};

function isRefusal(text: string): boolean {
  try {
    return z.object({ error: z.string() }).safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
