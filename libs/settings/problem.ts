import type { z } from 'zod';
import { MeshError } from '#errors';

/** Something wrong in a source, with where to look: `security.yaml:3:7`, `CODERCLAW_PORT`, `--port`. */
export type Problem = Readonly<{ where: string; field: string; message: string }>;

/** Says where a field of the source stands. */
export type Where = (path: readonly PropertyKey[]) => string;

/** What a schema has against a source, each key it does not know named by itself. */
export const problemsOf = (error: z.ZodError, where: Where): readonly Problem[] =>
  error.issues.flatMap((issue) => problemsOfIssue(issue, where));

function problemsOfIssue(issue: z.core.$ZodIssue, where: Where): readonly Problem[] {
  const unknown = issue.code === 'unrecognized_keys';
  const paths = unknown ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  const message = unknown ? 'there is no such key' : messageOfIssue(issue);
  return paths.map((path) => ({ where: where(path), field: path.map(String).join('.'), message }));
}

/** The issues of a key are inside the issue, which itself says only that there are some. */
const messageOfIssue = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;

/** All problems of all sources as the one error that is thrown. */
export function invalidSettings(problems: readonly Problem[]): MeshError {
  const message = problems
    .map(({ where, field, message: why }) => `${where}: ${field ? `${field}: ` : ''}${why}`)
    .join('\n');
  return new MeshError('invalid_request', message, {
    field: problems[0]?.field ?? '',
    problems: problems.map(({ where, field, message: why }) => ({ field, message: `${where}: ${why}` })),
  });
}
