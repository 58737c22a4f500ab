import { z } from 'zod';
import { textSchema } from '#contract';

/** Who can vouch for a person. */
export const PROVIDER_KINDS = ['oidc', 'google', 'github'] as const;

export type ProviderKind = (typeof PROVIDER_KINDS)[number];

export const isProviderKind = (kind: string): kind is ProviderKind =>
  (PROVIDER_KINDS as readonly string[]).includes(kind);

/**
 * What an identity provider proved about a person. `issuer` and `subject` together are the person; the rest is how
 * people call them, and no key to anything: an email is never what accounts are linked by.
 */
export type Profile = Readonly<{
  issuer: string;
  subject: string;
  name?: string | undefined;
  /** Only one that the provider has verified. */
  email?: string | undefined;
  displayName?: string | undefined;
}>;

const MAX_LABEL_BYTES = 256;

/** What a person is called: left out where it is not text that can be stored and shown. */
export const labelSchema = textSchema(MAX_LABEL_BYTES)
  .refine((text) => text.trim() !== '')
  .optional()
  .catch(undefined);

export const label = (value: unknown): string | undefined => labelSchema.parse(value);

/** What a subject may be (OpenID Connect Core 2): at most 255 printable ASCII characters. */
export const subjectSchema = z.string().regex(/^[\x20-\x7e]{1,255}$/);
