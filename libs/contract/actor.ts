import type { Author } from '#task';

export const TRUST_LEVELS = ['untrusted', 'verified', 'trusted'] as const;

export type TrustLevel = (typeof TRUST_LEVELS)[number];

/** Who knocks: proven by a transport, never by the caller's own words. */
export type Actor = Readonly<{
  kind: Author['kind'];
  /** User id, worker id, or the name of a part of the system. */
  id: string;
  tenant: string;
  sessionId: string;
  roles: readonly string[];
  trust: TrustLevel;
  deviceId?: string | undefined;
  /** Who vouched for the user: an identity provider's issuer, `local`, or `token`. */
  issuer?: string | undefined;
  /** What a person would call the user: a login name, never a key to anything. */
  userName?: string | undefined;
  /** Permissions that a machine token is narrowed to; whatever the roles say, the actor has no more. */
  scope?: readonly string[] | undefined;
  /** The network address that the request came from, where its transport knows one. */
  address?: string | undefined;
  /** W3C trace id of the request, where there is one. */
  traceId?: string | undefined;
}>;

/** The tenant of everything that no configuration placed elsewhere. */
export const DEFAULT_TENANT = 'default';
