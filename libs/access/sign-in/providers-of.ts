import type { Clock } from '#contract';
import { readSecret } from './client-secret.js';
import type { SecretFile } from './client-secret.js';
import { GitHubIdentityProvider } from './github.identity-provider.js';
import type { IdentityProvider } from './identity-provider.js';
import { OidcIdentityProvider } from './oidc.identity-provider.js';
import { PROVIDER_KINDS } from './profile.js';
import type { ProviderKind } from './profile.js';
import type { ProviderSettings } from '#settings';

const GOOGLE_ISSUER = 'https://accounts.google.com';
const GITHUB_URL = 'https://github.com';
const GITHUB_API_URL = 'https://api.github.com';
const OIDC_SCOPES = ['openid', 'profile', 'email'];

type Around = Readonly<{
  /** The address by which browsers reach this server. */
  publicUrl: string;
  clock: Clock;
}>;

type Make = (settings: ProviderSettings, redirectUri: URL, clock: Clock) => IdentityProvider | undefined;

const MAKE: Readonly<Record<ProviderKind, Make>> = {
  oidc: ({ oidc }, redirectUri, clock) => {
    if (!oidc) return undefined;
    const { issuer, clientId, clientSecretFile, scopes = OIDC_SCOPES, name = new URL(issuer).host } = oidc;
    const secret = clientSecretFile === undefined ? undefined : secretOf('oidc', clientSecretFile);
    const asked = [...new Set(['openid', ...scopes])]; // without openid there is no ID token
    return new OidcIdentityProvider({ name, issuer, clientId, secret, scopes: asked, redirectUri, clock });
  },
  google: ({ google }, redirectUri, clock) => {
    if (!google) return undefined;
    const { issuer = GOOGLE_ISSUER, clientId, clientSecretFile, hostedDomain } = google;
    const secret = secretOf('google', clientSecretFile);
    const scopes = OIDC_SCOPES;
    return new OidcIdentityProvider({
      name: 'Google',
      issuer,
      clientId,
      secret,
      scopes,
      hostedDomain,
      redirectUri,
      clock,
    });
  },
  github: ({ github }, redirectUri) => {
    if (!github) return undefined;
    const { clientId, clientSecretFile } = github;
    const baseUrl = withoutSlash(github.baseUrl ?? GITHUB_URL);
    const apiUrl = withoutSlash(
      github.apiUrl ?? (baseUrl === GITHUB_URL ? GITHUB_API_URL : `${baseUrl}/api/v3`),
    );
    return new GitHubIdentityProvider({
      clientId,
      secret: secretOf('github', clientSecretFile),
      baseUrl,
      apiUrl,
      redirectUri,
    });
  },
};

/**
 * The identity providers that the settings name.
 *
 * @throws {MeshError} `invalid_request` if the file of a secret cannot be read or is empty
 */
export function providersOf(
  settings: ProviderSettings,
  { publicUrl, clock }: Around,
): ReadonlyMap<ProviderKind, IdentityProvider> {
  const made = PROVIDER_KINDS.map(
    (kind) => [kind, MAKE[kind](settings, callbackOf(kind, publicUrl), clock)] as const,
  );
  return new Map(made.flatMap(([kind, provider]) => (provider ? [[kind, provider]] : [])));
}

/** Each provider has a callback of its own, so that one cannot answer for another. */
const callbackOf = (kind: ProviderKind, publicUrl: string): URL =>
  new URL(`${withoutSlash(publicUrl)}/v1/auth/${kind}/callback`);

/** Read once now, so that a server without its secret does not start. */
function secretOf(kind: ProviderKind, file: string): SecretFile {
  const field = `${kind}.clientSecretFile`;
  readSecret(file, field);
  return { file, field };
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
