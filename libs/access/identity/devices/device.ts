import { z } from 'zod';
import { TRUST_LEVELS, textSchema } from '#contract';
import type { TrustLevel } from '#contract';
import type { DeviceRule } from './device-rule.js';

/** A key that somebody enrolled, and what is thought of it. */
export type Device = Readonly<{
  id: string;
  tenant: string;
  userId: string;
  name: string;
  /** RFC 7638 thumbprint of the key. */
  jkt: string;
  publicJwk: Readonly<Record<string, unknown>>;
  trust: TrustLevel;
  enrolledAt: string;
  lastSeenAt: string;
}>;

const deviceNameSchema = textSchema(128).refine((name) => name.trim() !== '', 'must not be empty');

/** Of the two kinds of key that a device may have, the public members alone. */
const publicJwkSchema = z.discriminatedUnion('kty', [
  z.strictObject({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string().regex(/^[\w-]{43}$/),
    ...optionalMembers(),
  }),
  z.strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string().regex(/^[\w-]{43}$/),
    y: z.string().regex(/^[\w-]{43}$/),
    ...optionalMembers(),
  }),
]);

function optionalMembers() {
  const text = z.string().max(128).optional();
  return {
    kid: text,
    alg: text,
    use: text,
    key_ops: z.array(z.string()).optional(),
    ext: z.boolean().optional(),
  };
}

/** What a device is enrolled with. */
export const enrollSchema = z.strictObject({ name: deviceNameSchema, jwk: publicJwkSchema });

export const trustSchema = z.enum(TRUST_LEVELS);

/** A row of `device`. */
export type DeviceRow = Readonly<{
  id: string;
  tenant: string;
  user_id: string;
  name: string;
  jkt: string;
  public_jwk: string;
  trust: TrustLevel;
  enrolled_at: Date;
  last_seen_at: Date;
}>;

export const deviceOf = (row: DeviceRow, rule: DeviceRule): Device => ({
  id: row.id,
  tenant: row.tenant,
  userId: row.user_id,
  name: row.name,
  jkt: row.jkt,
  publicJwk: JSON.parse(row.public_jwk) as Readonly<Record<string, unknown>>,
  trust: rule.trustOf(false, { trust: row.trust, lastSeenAt: row.last_seen_at }),
  enrolledAt: row.enrolled_at.toISOString(),
  lastSeenAt: row.last_seen_at.toISOString(),
});
