import { execFile } from 'node:child_process';
import type { ExecFileException } from 'node:child_process';
import { MeshError } from '#errors';
import { scrubbed } from '../environment.js';
import { trustedProgram } from '../sandbox/bubblewrap.js';
import { HARMLESS, WARY } from '../wary-git.js';

export type GitOptions = Readonly<{
  cwd: string;
  signal?: AbortSignal | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  input?: Buffer | undefined;
  maxBytes?: number | undefined;
  /** Killed after this time. @default it may take as long as it likes */
  timeoutMs?: number | undefined;
  /** Whether it goes to another machine: then it is run as who the worker is, with the settings and credentials of that account. */
  remote?: boolean | undefined;
}>;

/** No hooks, and nowhere but where it was told: where a redirect leads was not asked of the policy. */
const ALWAYS = [...HARMLESS, ['gc.auto', '0'], ['http.followRedirects', 'false']].flatMap(([name, value]) => [
  '-c',
  `${name}=${value}`,
]);

/** Only these ways to a repository, and nobody asked at a terminal. */
const REMOTE = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'https:ssh:file',
  GIT_SSH_COMMAND: process.env['GIT_SSH_COMMAND'] ?? 'ssh -oBatchMode=yes',
} as const;

/** Nobody's settings, nobody's drivers and filters, no secret: what lies here is not to be trusted with any of them. */
const LOCAL = { GIT_ATTR_NOSYSTEM: '1', GIT_ALLOW_PROTOCOL: 'file', ...WARY } as const;

/** Far more than a list of files or a diff that is kept. */
const MAX_BYTES = 64 * 1024 * 1024;

/** How a URL with a password in it would look in what git says. */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/gi;

/**
 * Runs git and gives what it prints.
 *
 * @throws {MeshError} `invalid_request` with git's last words; `payload_too_large` for more than `maxBytes`
 */
export async function git(
  args: readonly string[],
  { cwd, signal, env, input, maxBytes = MAX_BYTES, timeoutMs = 0, remote = false }: GitOptions,
): Promise<Buffer> {
  const program = trustedProgram('git');
  if (program === null) throw new MeshError('invalid_request', 'this worker has no git');
  return new Promise((resolve, reject) => {
    const base = remote ? { ...process.env, ...REMOTE } : { ...scrubbed(process.env), ...LOCAL };
    const options = {
      cwd,
      signal,
      maxBuffer: maxBytes,
      timeout: timeoutMs,
      encoding: 'buffer',
      env: { ...base, ...env },
    } as const;
    const child = execFile(program, [...ALWAYS, ...args], options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else reject(signal?.aborted ? (signal.reason as Error) : refusal(args, error, stderr.toString()));
    });
    child.stdin?.on('error', () => {}); // it ended before it had read all: its own words say why
    child.stdin?.end(input ?? '');
  });
}

function refusal(args: readonly string[], error: ExecFileException, stderr: string): MeshError {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
    return new MeshError('payload_too_large', `git ${args[0] ?? ''} has too much to say`);
  if (error.killed === true) return new MeshError('invalid_request', `git ${args[0] ?? ''} took too long`);
  const said = stderr.trim().replaceAll(USER_INFO, '$1').slice(-1000) || error.message.slice(0, 200);
  return new MeshError('invalid_request', `git ${args[0] ?? ''} failed: ${said}`);
}
