/** Who can vouch for a person. */
export const PROVIDER_KINDS = ['oidc', 'google', 'github'] as const;

export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/**
 * What an identity provider proved about a person. `issuer` and `subject` together are the person; the rest is how
 * people call them, and no key to anything: an email is never what accounts are linked by.
 */
export type Profile = Readonly<{
  issuer: string;
  subject: string;
  name?: string | undefined;
  email?: string | undefined;
  displayName?: string | undefined;
}>;
