import type { Verdict } from '#policy';
import { EXIT } from './exit-codes.js';
import { harmless } from './harmless.js';
import { painted } from './paint.js';

/** What was decided, as people read it. */
export function verdictText(
  { allowed, rule, reason, missing, needsApproval }: Verdict,
  color: boolean,
): string {
  const word = allowed
    ? painted('allowed', color ? 'good' : undefined)
    : painted('denied', color ? 'bad' : undefined);
  return [
    `${word} by ${harmless(rule)}: ${harmless(reason)}`,
    ...(missing.length > 0 ? [`  missing: ${harmless(missing.join(', '))}`] : []),
    ...(needsApproval ? ['  a person must approve it first'] : []),
  ].join('\n');
}

export const exitOf = ({ allowed }: Verdict): number => (allowed ? EXIT.done : EXIT.denied);
