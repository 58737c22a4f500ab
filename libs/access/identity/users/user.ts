import { z } from 'zod';
import { isUuid, nameSchema, textSchema } from '#contract';

/** A person or a machine that signs in. */
export type User = Readonly<{
  id: string;
  tenant: string;
  name: string;
  email?: string | undefined;
  displayName?: string | undefined;
  roles: readonly string[];
  hasPassword: boolean;
  createdAt: string;
  disabledAt?: string | undefined;
}>;

/** A policy's list of users means ids and names alike: no name may pass for somebody's id. */
export const userNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9._@+-]{1,128}$/, 'must be 1–128 of letters, digits, ".", "_", "@", "+" and "-"')
  .refine((name) => !isUuid(name), 'must not look like a UUID');

export const emailSchema = textSchema(254).refine(
  (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  'must be an email address',
);

export const displayNameSchema = textSchema(256);

export const rolesSchema = z
  .array(nameSchema)
  .max(32)
  .readonly()
  .transform((roles): readonly string[] => [...new Set(roles)]);

/** A row of `app_user`. */
export type UserRow = Readonly<{
  id: string;
  tenant: string;
  name: string;
  email: string | null;
  display_name: string | null;
  roles: string;
  password_hash: string | null;
  created_at: Date;
  disabled_at: Date | null;
}>;

export const userOf = (row: UserRow): User => ({
  id: row.id,
  tenant: row.tenant,
  name: row.name,
  ...(row.email === null ? {} : { email: row.email }),
  ...(row.display_name === null ? {} : { displayName: row.display_name }),
  roles: rolesOf(row.roles),
  hasPassword: row.password_hash !== null,
  createdAt: row.created_at.toISOString(),
  ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at.toISOString() }),
});

/** Roles as a table keeps them. */
export const rolesOf = (json: string): readonly string[] => JSON.parse(json) as readonly string[];

/** What is in both, in the order of the first. */
export const rolesInBoth = (one: readonly string[], other: readonly string[]): readonly string[] =>
  one.filter((role) => other.includes(role));
