import type { z } from 'zod';
import { problemsOf } from './problem.js';
import type { Problem, Where } from './problem.js';

/** What a source sets, or all that is wrong with it. */
export type Reading<Values> = Readonly<
  | { values: Values; problems: readonly [] }
  | { values: undefined; problems: readonly [Problem, ...Problem[]] }
>;

/** A reading that found these problems. */
export const unreadable = (first: Problem, ...others: readonly Problem[]): Reading<never> => ({
  values: undefined,
  problems: [first, ...others],
});

/** Checks plain values against a schema; `where` says for each problem where to look. */
export function checkValues<Schema extends z.ZodType>(
  schema: Schema,
  values: unknown,
  where: Where,
): Reading<z.output<Schema>> {
  const result = schema.safeParse(values);
  if (result.success) return { values: result.data, problems: [] };
  const [first, ...others] = problemsOf(result.error, values, where);
  return unreadable(first ?? { where: where([]), field: '', message: result.error.message }, ...others);
}
