import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { nameSchema } from '#contract';
import { isLoopbackHost } from '#settings';

/** Part of the names of its tools, which models know, and of its skill: `github__search`, `mcp-github`. */
const SERVER_NAME = /^(?!.*__)[A-Za-z0-9-](?:[A-Za-z0-9_-]{0,30}[A-Za-z0-9-])?$/;

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A server is started by its `command`, or reached at its `url`. */
const keys = z.strictObject({
  /** What is started: a program and its arguments, never through a shell. */
  command: z
    .array(z.string().min(1).max(4_096))
    .min(1)
    .max(64)
    .refine((argv) => argv.every((each) => !each.includes('\0')), 'must not contain NUL')
    .optional(),
  /** Variables of the worker's environment that it is given, by name. */
  env: z.array(z.string().regex(VARIABLE, 'must be the name of a variable')).max(64).optional(),
  /** Where it speaks streamable HTTP. */
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .refine((url) => new URL(url).username === '' && new URL(url).password === '', {
      message: 'must have no user: put a token into a file and name it as tokenFile',
    })
    .optional(),
  /** A file whose content is sent to `url` as a Bearer token. */
  tokenFile: z
    .string()
    .refine((path) => isAbsolute(path), 'must be an absolute path')
    .optional(),
  /** The model agents that have it. @default all */
  agents: z.array(nameSchema).min(1).max(256).optional(),
});

type Keys = z.output<typeof keys>;
type Rule = Readonly<{ path: keyof Keys; message: string; holds: (server: Keys) => boolean }>;

const RULES: readonly Rule[] = [
  {
    path: 'command',
    message: 'exactly one of command and url is needed: leave one out, or add one',
    holds: ({ command, url }) => (command === undefined) !== (url === undefined),
  },
  {
    path: 'env',
    message: 'is for a command: a server at a url gets no variables, leave it out',
    holds: ({ env, url }) => env === undefined || url === undefined,
  },
  {
    path: 'tokenFile',
    message: 'is for a url: give a command its token by env',
    holds: ({ tokenFile, command }) => tokenFile === undefined || command === undefined,
  },
  {
    path: 'url',
    message: 'must be https where a token is sent (http only on this machine)',
    holds: ({ tokenFile, url }) => tokenFile === undefined || url === undefined || isSecure(new URL(url)),
  },
];

const isSecure = (url: URL): boolean => url.protocol === 'https:' || isLoopbackHost(url);

/** What is wrong with a server of which each single key is right: the first rule that does not hold. */
export const mcpServerProblem = (server: Keys): Rule | undefined => RULES.find(({ holds }) => !holds(server));

/** Servers of the Model Context Protocol, by name: what they offer are tools of model agents (docs/agents.md). */
export const mcpServersSchema = z
  .record(
    z
      .string()
      .regex(SERVER_NAME, 'must be 1–32 of letters, digits, "-" and "_", without "__" and "_" at either end'),
    keys.check(({ value, issues }) => {
      const problem = mcpServerProblem(value);
      if (!problem) return;
      const { path, message } = problem;
      issues.push({ code: 'custom', path: [path], message, input: value });
    }),
  )
  .refine((servers) => Object.keys(servers).length <= 64, 'must be at most 64 servers');

/** The settings under `mcpServers`. */
export type McpServersSettings = z.output<typeof mcpServersSchema>;
