import type { z } from 'zod';

/** A field and what is wrong with it: what was expected, and what was there. */
export type FieldProblem = Readonly<{ path: readonly PropertyKey[]; message: string }>;

const MAX_SHOWN = 60;

/** What may be a secret, or was pasted where one belongs, is not repeated: errors end up in logs and terminals. */
const NEVER_SHOWN = /pass|token|secret|key|code|proof|hash|sha256|jwk|authorization|cookie|^d$/i;

/** What a schema found wrong in `value`, one problem a field; each unknown key is one of its own. */
export function fieldProblems(issue: z.core.$ZodIssue, value: unknown): readonly FieldProblem[] {
  const { code, path, message } = issue;
  if (code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: 'there is no such key' }));
  // The issues of a key are inside the issue, which itself says only that there are some.
  if (code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? message }];
  return [{ path, message: message + seenAt(value, path) }];
}

/** `, got "abc"`: as it was given, before a schema made a number of it. Long ones are cut; objects say nothing. */
function seenAt(value: unknown, path: readonly PropertyKey[]): string {
  if (path.some((part) => NEVER_SHOWN.test(String(part)))) return '';
  const seen = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
  if (seen === undefined || (typeof seen === 'object' && seen !== null)) return '';
  const text = JSON.stringify(seen);
  return `, got ${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text}`;
}
