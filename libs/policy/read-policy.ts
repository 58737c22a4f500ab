import { z } from 'zod';
import type { Reading } from '#settings';
import { checkValues, invalidSettings, readYaml } from '#settings';
import type { IdentityProvider } from './compiled-policy.js';
import { ALWAYS } from './loose.js';
import { notSetUp } from './provider-references.js';
import { strangersIn } from './role-references.js';
import { securitySchema, teamPolicySchema } from './security-schema.js';
import type { PolicyDocument } from './security-schema.js';

export type ReadOptions = Readonly<{
  /** Names of roles that a layer above defines, so that lists may name them; `any` leaves lists unchecked. @default [] */
  knownRoles?: readonly string[] | 'any' | undefined;
  /** Ways to sign in that are set up, so that no other is named. @default names are not checked */
  providers?: readonly IdentityProvider[] | undefined;
}>;

/** Reads a `.coderClaw/security.yaml`; `name` is what its problems call it. */
export const readSecurityPolicy = (
  text: string,
  name: string,
  { knownRoles = [], providers }: ReadOptions = {},
): Reading<PolicyDocument> =>
  readYaml(withProviders(withKnownRoles(securitySchema, knownRoles), providers), text, name);

/** Reads a `team-policy.yaml`. */
export const readTeamPolicy = (
  text: string,
  name: string,
  { knownRoles = [] }: ReadOptions = {},
): Reading<PolicyDocument> => {
  const schema = teamPolicySchema.extend({
    organizationPolicy: withKnownRoles(teamPolicySchema.shape.organizationPolicy, knownRoles),
  });
  const { values, problems } = readYaml(schema, text, name);
  return values ? { values: values.organizationPolicy, problems: [] } : { values, problems };
};

/**
 * A policy from plain data, e.g. the body of a request.
 *
 * @throws {MeshError} `invalid_request` with all that is wrong
 */
export function decodePolicy(data: unknown, { knownRoles = [] }: ReadOptions = {}): PolicyDocument {
  const { values, problems } = checkValues(withKnownRoles(securitySchema, knownRoles), data, () => 'policy');
  if (values) return values;
  throw invalidSettings(problems);
}

/** A list that names a role nobody defines was meant to name another: refused, rather than restrict nothing or everything. */
const withKnownRoles = <Schema extends z.ZodType>(schema: Schema, knownRoles: readonly string[] | 'any') =>
  schema.superRefine((document, context) => {
    if (knownRoles === 'any') return;
    for (const { path, message } of strangersIn(document, knownRoles))
      context.addIssue({ code: 'custom', path: [...path], message });
  }, ALWAYS);

const withProviders = <Schema extends z.ZodType>(schema: Schema, providers: ReadOptions['providers']) =>
  schema.superRefine((document, context) => {
    for (const { path, message } of providers ? notSetUp(document, providers) : [])
      context.addIssue({ code: 'custom', path: [...path], message });
  }, ALWAYS);
