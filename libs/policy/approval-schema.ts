import { z } from 'zod';
import { nameSchema, textSchema } from '#contract';

const MAX_ENTRIES = 1_000;
/** A leap year. */
const MAX_MINUTES = 527_040;

/** Who may approve, and until when. That an approval is needed is said elsewhere: by a skill's entry, or on submit. */
export const approvalSchema = z.strictObject({
  allowedRoles: z.array(nameSchema).max(MAX_ENTRIES).optional(),
  allowedUsers: z.array(textSchema(256).min(1, 'must not be empty')).max(MAX_ENTRIES).optional(),
  /** Never whoever submitted the task. */
  notSubmitter: z.boolean().optional(),
  /** Not answered for so long, the task fails. */
  expiresAfterMinutes: z.int().min(1).max(MAX_MINUTES).optional(),
});

/** What one place of a policy says about approvals. */
export type ApprovalDocument = z.output<typeof approvalSchema>;
