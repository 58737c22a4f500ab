import { execFile } from 'node:child_process';
import { MeshError } from '#errors';

export type GitOptions = Readonly<{
  cwd: string;
  signal?: AbortSignal | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  input?: Buffer | undefined;
  maxBytes?: number | undefined;
}>;

/** Only these ways to a repository, nobody asked at a terminal, and no hooks. */
const ALWAYS = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'gc.auto=0'] as const;

const ENVIRONMENT = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'https:ssh:file',
  GIT_SSH_COMMAND: process.env['GIT_SSH_COMMAND'] ?? 'ssh -oBatchMode=yes',
} as const;

/** Far more than a list of files or a diff that is kept. */
const MAX_BYTES = 64 * 1024 * 1024;

/** How a URL with a password in it would look in what git says. */
const USER_INFO = /([a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/gi;

/** Runs git and gives what it prints. @throws {MeshError} `invalid_request` with git's last words */
export function git(
  args: readonly string[],
  { cwd, signal, env, input, maxBytes = MAX_BYTES }: GitOptions,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { cwd, signal, maxBuffer: maxBytes, encoding: 'buffer' as const };
    const environment = { ...process.env, ...ENVIRONMENT, ...env };
    const child = execFile(
      'git',
      [...ALWAYS, ...args],
      { ...options, env: environment },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else reject(signal?.aborted ? (signal.reason as Error) : refusal(args, error, stderr.toString()));
      },
    );
    child.stdin?.on('error', () => {}); // it ended before it had read all: its own words say why
    child.stdin?.end(input ?? '');
  });
}

function refusal(args: readonly string[], error: Error & { code?: unknown }, stderr: string): MeshError {
  if (error.code === 'ENOENT') return new MeshError('invalid_request', 'this worker has no git');
  const said = stderr.trim().replaceAll(USER_INFO, '$1').slice(-1000) || error.message.slice(0, 200);
  return new MeshError('invalid_request', `git ${args[0] ?? ''} failed: ${said}`);
}
