import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './member.js';
import { CLI } from './mesh-process.js';

const exec = promisify(execFile);

/** `coderclaw init`, as the operator of a deployment does it before the first start. */
export async function init(
  { name, password }: Account,
  { cwd, env }: Readonly<{ cwd: string; env: NodeJS.ProcessEnv }>,
): Promise<void> {
  const file = join(cwd, 'first-password');
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  await exec(process.execPath, [CLI, 'init', '--name', name, '--password-file', file], { cwd, env });
  await rm(file);
}
