import { z } from 'zod';
import type { SignedIn } from '#access';
import type { deviceAnswer, tokenAnswer } from './token-answers.js';

type Fields<Type> = Readonly<Record<keyof Type, z.ZodType>>;

export const signedIn = z.object({
  accessToken: z.string(),
  tokenType: z.enum(['Bearer', 'DPoP']),
  expiresIn: z.int(),
  refreshToken: z.string().optional(),
  sessionId: z.string(),
  userId: z.string(),
} satisfies Fields<SignedIn>);

export const tokens = z.object({
  access_token: z.string(),
  token_type: z.enum(['Bearer', 'DPoP']),
  expires_in: z.int(),
  refresh_token: z.string().optional(),
  ...signedIn.shape,
} satisfies Fields<ReturnType<typeof tokenAnswer> & { refresh_token?: string }>);

export const deviceCode = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.url(),
  verification_uri_complete: z.url(),
  expires_in: z.int(),
  interval: z.int(),
} satisfies Fields<ReturnType<typeof deviceAnswer>>);
