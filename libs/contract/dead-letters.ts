import { z } from 'zod';
import { textSchema } from './schemas.js';

/** A task that was given up after its last attempt. */
export type DeadLetter = Readonly<{
  id: string;
  description: string;
  agentId: string;
  ownerId: string;
  sessionId: string;
  /** Why it was given up. */
  error: string;
  attempts: number;
  createdAt: string;
  failedAt: string;
  /** The task that does it again, once it was requeued. */
  requeuedAs?: string;
}>;

export type DeadLetterPage = Readonly<{ deadLetters: readonly DeadLetter[]; cursor?: string }>;

export const deadLetterFilterSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: textSchema(512).optional(),
});

export type DeadLetterFilter = z.output<typeof deadLetterFilterSchema>;
