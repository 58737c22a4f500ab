import { z } from 'zod';
import { TRUST_LEVELS, nameSchema, textSchema } from '#contract';
import { approvalSchema } from './approval-schema.js';
import { faultsOf } from './custom-roles.js';
import type { CustomRoles } from './custom-roles.js';
import { ALWAYS, membersOf } from './loose.js';
import { once } from './once.js';
import { PERMISSIONS } from './permissions.js';
import { isRepositoryPattern } from './repositories.js';
import { skillIdSchema } from './skill-id.js';

/** How people can prove who they are. */
export const IDENTITY_PROVIDERS = ['local', 'oidc', 'google', 'github'] as const;

const MAX_ENTRIES = 10_000;

const repositoryPattern = textSchema(2048).refine(
  isRepositoryPattern,
  'must be https://…, ssh://… or file://…; * stands for a name, ** for several',
);
const MAX_ROLES = 1_000;

const trust = z.enum(TRUST_LEVELS);
const permissions = z.array(z.enum(PERMISSIONS)).max(PERMISSIONS.length * 2);
const roleNames = z.array(nameSchema).max(MAX_ENTRIES);
const users = z.array(textSchema(256).min(1, 'must not be empty')).max(MAX_ENTRIES);
const skillIds = z.array(skillIdSchema).max(MAX_ENTRIES);
const description = textSchema(4096);

/** Who may, by role and by user: wherever a policy says it, it says it with these. */
const people = {
  allowedRoles: roleNames.optional(),
  deniedRoles: roleNames.optional(),
  allowedUsers: users.optional(),
  deniedUsers: users.optional(),
};

const customRole = z.strictObject({
  inherits: z
    .union([nameSchema, z.array(nameSchema).max(100)], 'must be the name of a role, or a list of them')
    .optional(),
  permissions: permissions.optional(),
  additionalPermissions: permissions.optional(),
  description: description.optional(),
});

const isSound = (role: unknown): boolean => customRole.safeParse(role).success;

const roles = z.record(nameSchema, customRole).superRefine((defined: unknown, context) => {
  const entries = Object.entries(membersOf(defined));
  if (entries.length > MAX_ROLES) {
    context.addIssue({ code: 'custom', message: `must be at most ${MAX_ROLES} roles` });
    return;
  }
  const sound = Object.fromEntries(entries.map(([name, role]) => [name, isSound(role) ? role : {}]));
  for (const { path, message } of faultsOf(sound as CustomRoles))
    context.addIssue({ code: 'custom', path: [...path], message });
}, ALWAYS);

const agentPolicy = z.strictObject({
  agentId: nameSchema,
  ...people,
  requireDeviceTrust: trust.optional(),
  requiredPermissions: permissions.optional(),
  approval: approvalSchema.optional(),
  description: description.optional(),
});

const skillPolicy = z.strictObject({
  skillId: skillIdSchema,
  ...people,
  /** Needs a verified device at least, and `skill:execute` even where an agent declares the skill. */
  dangerous: z.boolean().optional(),
  requiredPermissions: permissions.optional(),
  trustLevel: trust.optional(),
  /** A person with task:approve must say yes first. */
  requiresApproval: z.boolean().optional(),
  approval: approvalSchema.optional(),
  description: description.optional(),
});

const rules = {
  enforceTrust: z.boolean().optional(),
  /** The same setting as deviceTrust.minimumLevel; two different values are an error. */
  minimumTrustLevel: trust.optional(),
  deviceTrust: z
    .strictObject({
      minimumLevel: trust.optional(),
      /** The same user over a Unix socket or in process counts as trusted. */
      autoTrustLocal: z.boolean().optional(),
      /** A device that was not seen for longer is untrusted. */
      maxUnseenDays: z.int().min(1).max(3650).optional(),
    })
    .optional(),
  ...people,
  roles: roles.optional(),
  approval: approvalSchema.optional(),
  agentPolicies: once('agentId', agentPolicy).optional(),
  skillPolicies: once('skillId', skillPolicy).optional(),
  /** What every agent must have among its skills. */
  requiredSkills: skillIds.optional(),
  deniedSkills: skillIds.optional(),
  workspaces: z
    .strictObject({
      /** Which git repositories tasks may work on, e.g. https://github.com/acme/*. None is named: none may be. */
      repositories: z.array(repositoryPattern).max(MAX_ENTRIES).optional(),
    })
    .optional(),
};

const oneMinimum = (document: unknown, context: z.RefinementCtx): void => {
  const { minimumTrustLevel: one, deviceTrust } = membersOf(document);
  const { minimumLevel: other } = membersOf(deviceTrust);
  if (typeof one !== 'string' || typeof other !== 'string' || one === other) return;
  context.addIssue({
    code: 'custom',
    path: ['deviceTrust', 'minimumLevel'],
    message: `minimumTrustLevel says ${one}, deviceTrust.minimumLevel says ${other}: they are one setting`,
  });
};

/** `.coderClaw/security.yaml`. Every key has an effect; unknown ones are errors. */
export const securitySchema = z
  .strictObject({
    identity: z
      .strictObject({ providers: z.array(z.enum(IDENTITY_PROVIDERS)).max(100).optional() })
      .optional(),
    ...rules,
  })
  .superRefine(oneMinimum, ALWAYS);

/** `team-policy.yaml`: what an organization lays over all of its repositories. */
export const teamPolicySchema = z.strictObject({
  organizationPolicy: z.strictObject(rules).superRefine(oneMinimum, ALWAYS),
});

/** What one layer of the policy says. */
export type PolicyDocument = z.output<typeof securitySchema>;
