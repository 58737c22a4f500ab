import { z } from 'zod';
import { isSecureBase } from './loopback.js';

const httpsSchema = z
  .string()
  .max(512)
  .refine(
    isSecureBase,
    'must be an https address (http only on this machine), without user, query and fragment',
  );

const clientIdSchema = z.string().min(1).max(512);

/** The secret itself is nowhere in the configuration. */
const secretFileSchema = z.string().min(1);

/** `identity` of runtime.yaml: who may vouch for people. Secrets are named by file, and read when they are needed. */
export const providersSchema = z.strictObject({
  oidc: z
    .strictObject({
      /** Exactly as the provider writes it: with the subject, it is who a person is. */
      issuer: httpsSchema,
      clientId: clientIdSchema,
      /** Without one the client is public, and PKCE alone protects the code. */
      clientSecretFile: secretFileSchema.optional(),
      /** @default [openid, profile, email] */
      scopes: z
        .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/))
        .max(32)
        .optional(),
      /** How messages call it. @default the issuer's host */
      name: z.string().min(1).max(64).optional(),
    })
    .optional(),
  google: z
    .strictObject({
      clientId: clientIdSchema,
      clientSecretFile: secretFileSchema,
      /** Only accounts that this Google Workspace domain manages. */
      hostedDomain: z
        .string()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a domain in lower case, such as example.com')
        .optional(),
      /** @default https://accounts.google.com */
      issuer: httpsSchema.optional(),
    })
    .optional(),
  github: z
    .strictObject({
      clientId: clientIdSchema,
      clientSecretFile: secretFileSchema,
      /** Of GitHub Enterprise Server. @default https://github.com */
      baseUrl: httpsSchema.optional(),
      /** @default https://api.github.com, or /api/v3 of baseUrl */
      apiUrl: httpsSchema.optional(),
    })
    .optional(),
});

export type ProviderSettings = z.output<typeof providersSchema>;
