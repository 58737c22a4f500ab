import { z } from 'zod';
import { nameSchema, textSchema } from '#contract';

/** What somebody types as a name or a password. Rules are for new ones: here, what meets none is simply wrong. */
const typed = textSchema(1024).refine((text) => text !== '', 'must not be empty');

/** A token of ours or of a CI; larger ones do not pass the body's limit. */
const token = z.string().min(1).max(8192);

/** Text that a browser's form sends even where nothing was typed. */
const typedOrNothing = textSchema(1024)
  .transform((text) => (text === '' ? undefined : text))
  .optional();

export const localSchema = z.strictObject({
  tenant: nameSchema.optional(),
  name: typed,
  password: typed,
  roles: z
    .array(nameSchema)
    .max(32)
    .optional()
    .describe('Some of your own, all if left out; with `sessionId`, those of that session or none of this'),
  sessionId: nameSchema
    .optional()
    .describe('A session of yours to go on with, with the roles it has; a new one if left out'),
});

export type LocalSignIn = Readonly<z.output<typeof localSchema>>;

export const setupSchema = z.strictObject({ token, name: typed, password: typed });

export type Setup = Readonly<z.output<typeof setupSchema>>;

export const refreshSchema = z.strictObject({ refreshToken: token });

export type Refresh = Readonly<z.output<typeof refreshSchema>>;

export const newPasswordSchema = z.strictObject({ resetToken: token, password: typed });

export type NewPassword = Readonly<z.output<typeof newPasswordSchema>>;

export const jobSchema = z.strictObject({ token });

export type JobSignIn = Readonly<z.output<typeof jobSchema>>;

/** How a browser's sign-in goes on: as JSON, as a code for a program on the same machine, or at the page for devices. */
export const beginSchema = z
  .strictObject({
    redirect_uri: z.string().max(512).optional(),
    code_challenge: z.string().max(128).optional(),
    code_challenge_method: z.literal('S256', 'must be S256').optional(),
    state: z.string().max(512).optional(),
    user_code: z.string().max(16).optional(),
  })
  .refine(
    ({ redirect_uri, code_challenge }) => (redirect_uri === undefined) === (code_challenge === undefined),
    {
      path: ['code_challenge'],
      message:
        'redirect_uri and code_challenge come together: a code is bound to who asked for it (RFC 7636)',
    },
  )
  .refine(({ redirect_uri, user_code }) => redirect_uri === undefined || user_code === undefined, {
    path: ['user_code'],
    message: 'goes without redirect_uri: one is for a device, the other for a program on this machine',
  });

export type Begin = Readonly<z.output<typeof beginSchema>>;

export const deviceCodeSchema = z.looseObject({
  /** What the device calls itself, shown to whoever approves it. */
  client: textSchema(64).optional(),
  /** The same, as RFC 8628 names it. */
  client_id: textSchema(64).optional(),
});

export type DeviceCodeRequest = Readonly<z.output<typeof deviceCodeSchema>>;

export const GRANTS = {
  deviceCode: 'urn:ietf:params:oauth:grant-type:device_code',
  refreshToken: 'refresh_token',
  authorizationCode: 'authorization_code',
} as const;

/** RFC 6749 §4.1.3 and §6, RFC 8628 §3.4. What a client sends besides is ignored, as they say. */
export const tokenSchema = z.looseObject({
  grant_type: z.string().min(1).max(128),
  device_code: token.optional(),
  refresh_token: token.optional(),
  code: token.optional(),
  code_verifier: z.string().min(43).max(128).optional(),
});

export type TokenRequest = Readonly<z.output<typeof tokenSchema>>;

export const devicePageSchema = z.strictObject({ user_code: typedOrNothing });

export type DevicePage = Readonly<z.output<typeof devicePageSchema>>;

const userCode = textSchema(64).refine((text) => text !== '', 'must not be empty');

/** The form of the page for devices that says who the person is. */
export const typedInSchema = z.object({
  user_code: userCode,
  tenant: nameSchema.optional(),
  name: typed,
  password: typed,
});

/** The one that says what they decided. */
export const decisionSchema = z.object({
  user_code: userCode,
  token,
  decision: z.enum(['approve', 'refuse']),
});

/** Either of them. */
export const deviceFormSchema = z.strictObject({
  user_code: userCode,
  tenant: typedOrNothing,
  name: typedOrNothing,
  password: typedOrNothing,
  token: token.optional(),
  decision: decisionSchema.shape.decision.optional(),
});

export type DeviceForm = Readonly<z.output<typeof deviceFormSchema>>;
