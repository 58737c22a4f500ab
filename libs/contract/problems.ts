import type { z } from 'zod';

/** A field and what is wrong with it: what was expected, and what was there. */
export type FieldProblem = Readonly<{ path: readonly PropertyKey[]; message: string }>;

const MAX_SHOWN = 60;

/** A token that was pasted where its hash belongs must not end up in a terminal's history. */
const NEVER_SHOWN: ReadonlySet<PropertyKey> = new Set(['sha256']);

/** What a schema found wrong in `value`, one problem a field; each unknown key is one of its own. */
export function fieldProblems(issue: z.core.$ZodIssue, value: unknown): readonly FieldProblem[] {
  const { code, path, message } = issue;
  if (code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such key' }));
  return [{ path, message: message + seenAt(value, path) }];
}

/** `, got "abc"`: as it was given, before a schema made a number of it. Long ones are cut; objects say nothing. */
function seenAt(value: unknown, path: readonly PropertyKey[]): string {
  const last = path.at(-1);
  if (last !== undefined && NEVER_SHOWN.has(last)) return '';
  const seen = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
  if (seen === undefined || (typeof seen === 'object' && seen !== null)) return '';
  const text = JSON.stringify(seen);
  return `, got ${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text}`;
}
