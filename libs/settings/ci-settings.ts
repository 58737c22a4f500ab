import { z } from 'zod';
import { DEFAULT_TENANT, nameSchema } from '#contract';
import { isSecureBase } from './loopback.js';

/** Where GitHub's own runners get their tokens. */
const GITHUB_ACTIONS_ISSUER = 'https://token.actions.githubusercontent.com';

/**
 * What a job may become. `admin` is not among them, and neither are roles of the policy's own: they may inherit from
 * it.
 */
const CI_ROLES = ['ci', 'developer', 'readonly'] as const;

/** GitHub writes ids as text; YAML reads them as numbers. */
const idSchema = z
  .union([z.string(), z.int().positive()])
  .transform(String)
  .refine(
    (id) => /^[1-9]\d{0,19}$/.test(id),
    'must be the numeric id: gh api repos/{owner}/{repo} --jq ".id, .owner.id"',
  );

const patternSchema = z
  .string()
  .max(512)
  .regex(/^[^*]+\*?$/, 'must be exact, or have one "*" at its end; leave the key out where any will do');

const ruleSchema = z.strictObject({
  /** How refusals and the audit call the rule. @default its place in the list, as in "rule 1" */
  name: nameSchema.optional(),
  /** Stays the same when the repository is renamed, and is never given to another. */
  repositoryId: idSchema,
  repositoryOwnerId: idSchema,
  /** The workflow whose code runs, e.g. `octo/app/.github/workflows/deploy.yml@refs/heads/main`. */
  workflowRef: patternSchema.optional(),
  /** What triggered it, e.g. `refs/heads/main` or `refs/tags/v*`. */
  ref: patternSchema.optional(),
  /** The deployment environment of the job, whose protection rules then count here too. */
  environment: z.string().min(1).max(255).optional(),
  /** @default [ci] */
  roles: z.array(z.enum(CI_ROLES)).min(1).default(['ci']),
  tenant: nameSchema.default(DEFAULT_TENANT),
});

/** `ci.github` of runtime.yaml: which jobs of GitHub Actions may sign in, with a token that GitHub made for us alone. */
export const gitHubCiSchema = z.strictObject({
  /** What a job asks its token for. Nobody else may use the same. */
  audience: z.string().min(1).max(512),
  /** Of GitHub Enterprise Server: https://HOST/_services/token. @default https://token.actions.githubusercontent.com */
  issuer: z
    .string()
    .refine(
      isSecureBase,
      'must be an https address (http only on this machine), without user, query and fragment',
    )
    .default(GITHUB_ACTIONS_ISSUER),
  rules: z.array(ruleSchema).min(1).max(256),
});

export type GitHubCiSettings = z.output<typeof gitHubCiSchema>;

export type CiRule = GitHubCiSettings['rules'][number];

/** A role that a job may have. */
export type CiRole = (typeof CI_ROLES)[number];
