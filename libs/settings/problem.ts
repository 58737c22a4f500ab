import type { z } from 'zod';
import { fieldProblems } from '#contract';
import { MeshError } from '#errors';

/** Something wrong in a source, with where to look: `security.yaml:3:7`, `CODERCLAW_PORT`, `--port`. */
export type Problem = Readonly<{ where: string; field: string; message: string }>;

/** Says where a field of the source stands. */
export type Where = (path: readonly PropertyKey[]) => string;

/** What a schema has against a source, each key it does not know named by itself. */
export const problemsOf = (error: z.ZodError, values: unknown, where: Where): readonly Problem[] =>
  error.issues
    .flatMap((issue) => fieldProblems(issue, values))
    .map(({ path, message }) => ({ where: where(path), field: path.map(String).join('.'), message }));

/** All problems of all sources as the one error that is thrown. */
export function invalidSettings(problems: readonly Problem[]): MeshError {
  const message = problems
    .map(({ where, field, message: why }) => `${where}: ${field ? `${field}: ` : ''}${why}`)
    .join('\n');
  return new MeshError('invalid_request', message, {
    field: problems[0]?.field ?? '',
    hint: 'correct what is named here; `coderclaw doctor` looks again',
    problems: problems.map(({ where, field, message: why }) => ({ field, message: `${where}: ${why}` })),
  });
}
