import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '#server';
import { plant } from '#test/planted-secrets';
import { cliIn } from './fake-cli.contract.js';

type Row = Readonly<Record<string, unknown>>;

/** Lines of JSON, as `--json` makes them. */
export const rowsOf = (text: string): readonly Row[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);

export const lastOf = (text: string): Row => rowsOf(text).at(-1) ?? {};

/** A real server on a folder of its own, the admin of its machine, and Ada, who can sign in at its address. */
export async function servedBench() {
  const folder = mkdtempSync(join(tmpdir(), 'coderclaw-served-'));
  mkdirSync(join(folder, '.git'));
  const dataDir = join(folder, '.coderClaw', 'data');
  const server = await serve({ workspace: folder, dataDir, port: 0, roles: ['api', 'projector', 'worker'] });
  const { url = '' } = server;
  const { start, run } = cliIn(folder);
  const passwords = { ada: plant('password'), anew: plant('password') };
  const roles = ['--role', 'developer,readonly', '--email', 'ada@example.org'];
  const create = ['user', 'create', 'ada', ...roles, '--password-file', '-', '--json'];
  const login = ['login', '--user', 'ada', '--password-file', '-', '--json', '--url', url];
  return {
    folder,
    url,
    start,
    run,
    passwords,
    /** As the admin of this machine, over its socket. */
    admin: (...argv: readonly string[]) => run([...argv, '--json']),
    /** Has the admin make Ada. */
    makeAda: () => run(create, passwords.ada),
    /** As whoever signed in at the server's address. */
    ada: (...argv: readonly string[]) => run([...argv, '--json', '--url', url]),
    login: (password: string) => run(login, password),
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
