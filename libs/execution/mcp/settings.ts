import { MeshError } from '#errors';
import { scrubbed } from '../environment.js';
import { secretIn } from '../secret-file.js';

/** How a server is started, or reached. */
export type McpServerSettings = Readonly<{
  command?: readonly string[] | undefined;
  /** Variables of the worker's environment that it is given, by name. */
  env?: readonly string[] | undefined;
  url?: string | undefined;
  /** A file whose content is sent as a Bearer token. */
  tokenFile?: string | undefined;
}>;

/**
 * What a server's process sees of our environment: where things are, and the variables it was promised.
 *
 * @throws {MeshError} `invalid_request` naming the variable that is not set
 */
export function environmentOf(
  name: string,
  { env: names = [] }: McpServerSettings,
  env: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const given = names.map((variable) => [variable, valueOf(name, variable, env)] as const);
  return { ...scrubbed(env), ...Object.fromEntries(given) };
}

function valueOf(name: string, variable: string, env: NodeJS.ProcessEnv): string {
  const value = env[variable];
  if (value !== undefined) return value;
  const field = `mcpServers.${name}.env`;
  throw new MeshError(
    'invalid_request',
    `${field}: ${variable} is not set in the environment of the worker: set it, or take it out`,
    { field },
  );
}

/**
 * What is sent to a server to say who we are; read when it is needed, so that a new token needs no new start.
 *
 * @throws {MeshError} `invalid_request` when the file cannot be read
 */
export const tokenOf = (name: string, { tokenFile }: McpServerSettings): string | undefined =>
  tokenFile === undefined ? undefined : secretIn(tokenFile, `mcpServers.${name}.tokenFile`);
