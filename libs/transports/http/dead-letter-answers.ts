import { z } from 'zod';
import type { DeadLetter } from '#contract';
import type { Fields } from './answers.js';

const time = z.iso.datetime();

const deadLetter = z.object({
  id: z.uuid(),
  description: z.string(),
  agentId: z.string(),
  ownerId: z.string(),
  sessionId: z.string(),
  error: z.string(),
  attempts: z.int(),
  createdAt: time,
  failedAt: time,
  requeuedAs: z.uuid().optional(),
} satisfies Fields<DeadLetter>);

/** A page of the dead-letter list, as the reference documents it. */
export const deadLetterPage = z.object({
  deadLetters: z.array(deadLetter),
  cursor: z.string().optional(),
});
