import { join, resolve } from 'node:path';
import { readFile } from 'node:fs/promises';
import type { RuntimeMode } from '#contract';
import { MeshError } from '#errors';
import type { Config } from '#platform';
import { compilePolicy, readSecurityPolicy } from '#policy';
import type { CompiledPolicy, PolicyDocument, ReadOptions } from '#policy';
import { invalidSettings } from '#settings';
import type { Problem, Reading } from '#settings';
import { configOf } from './endpoint.js';
import type { Io } from './io.js';

/** The policy that a file is, asked with no server. */
export type PolicyInFile = Readonly<{
  file: string;
  /** Empty where there is no file: then roles alone decide. */
  document: PolicyDocument;
  policy: CompiledPolicy;
  config: Config;
}>;

export type PolicyFileOptions = Readonly<{
  /** @default the repository's .coderClaw/security.yaml */
  file?: string | undefined;
  /** @default as configured */
  mode?: RuntimeMode | undefined;
}>;

/** The file's policy, or all that is wrong with it. Only a file that was named must be there. */
export async function policyOfFile(
  io: Pick<Io, 'cwd' | 'env' | 'home'>,
  { file: named, mode }: PolicyFileOptions,
): Promise<Reading<PolicyInFile>> {
  const config = await configOf({ mode }, io);
  const file = named === undefined ? repositoryFile(config, 'security.yaml') : resolve(io.cwd, named);
  const text = await readText(file, named === undefined ? '' : undefined);
  const { values: document, problems } = readSecurityPolicy(text, file);
  if (!document) return { values: undefined, problems };
  const options = { local: config.mode === 'local-only', enforceTrust: config.enforceTrust };
  const policy = compilePolicy([{ name: 'repository', document }], options);
  return { values: { file, document, policy, config }, problems: [] };
}

/** @throws {MeshError} `invalid_request` with all problems, each with line and column */
export async function readPolicyFile(file: string, io: Pick<Io, 'cwd'>, options: ReadOptions) {
  const path = resolve(io.cwd, file);
  return valuesOf(readSecurityPolicy(await readText(path), path, options));
}

/** What was read. @throws {MeshError} `invalid_request` with all problems, each with line and column */
export function valuesOf<Values>({ values, problems }: Reading<Values>): Values {
  if (values === undefined) throw wrong(problems);
  return values;
}

/** As the error that all problems are. */
export const wrong = (problems: readonly Problem[]): MeshError => invalidSettings(problems);

/** A file of the repository's configuration. */
export const repositoryFile = ({ workspace }: Config, name: string): string =>
  join(workspace, '.coderClaw', name);

/** @throws {MeshError} `invalid_request` if it cannot be read, or is not there and nothing is said to stand for it */
export async function readText(file: string, missing?: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    if (code === 'ENOENT' && missing !== undefined) return missing;
    const hint = 'name a file that is there and that you may read';
    throw new MeshError('invalid_request', `${file} cannot be read (${code})`, { hint }, { cause });
  }
}
