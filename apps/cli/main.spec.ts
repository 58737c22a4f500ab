import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepOutput } from '#test/leaks/run-folder';

const MAIN = fileURLToPath(new URL('../../dist/apps/cli/main.js', import.meta.url));
const UNKNOWN = '0198c0de-0000-7000-8000-000000000001';
const HAS_SCRIPT = spawnSync('script', ['--version']).status === 0;
const A_LONG_TIME = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'coderclaw-cli-'));
const dataDir = join(folder, 'data');

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: run \`npm run build\` first`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the built CLI as a process of its own, on this file's data folder. */
async function coderclaw(...args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args, '--data-dir', dataDir], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  keepOutput('cli-stderr', stderr);
  return { stdout, stderr, exitCode };
}

describe('the built CLI, without a server', { timeout: A_LONG_TIME }, () => {
  it('runs a command: its output alone on stdout, exit code 0', async () => {
    const { stdout, exitCode } = await coderclaw('run', "node -e 'console.log(6*7)'");
    expect({ stdout, exitCode }).toEqual({ stdout: '42\n', exitCode: 0 });
  });

  it('exits 1 for a command that exits 3, its output kept; the last line of --json is the task', async () => {
    const { stdout, exitCode } = await coderclaw('run', 'echo kept; exit 3', '--json');
    const last: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(exitCode).toBe(1);
    expect(last).toMatchObject({ status: 'failed', input: 'echo kept; exit 3', output: 'kept\n' });
  });

  it('exits 2 for wrong usage, 4 for an unknown task, 5 where a server is needed', async () => {
    const found = [
      await coderclaw('run', 'x', '--nonsense'),
      await coderclaw('get', UNKNOWN),
      await coderclaw('submit', 'x'),
      await coderclaw('list', '--url', 'http://127.0.0.1:9'),
    ];
    expect(found.map(({ exitCode }) => exitCode)).toEqual([2, 4, 5, 5]);
    for (const { stderr } of found) expect(stderr).toMatch(/error: .+\n(.*\n)* {2}next: /);
  });

  it.skipIf(!HAS_SCRIPT)(
    `offers on Ctrl-C to detach or cancel, and cancels${HAS_SCRIPT ? '' : ' (skipped: it takes script(1) for a pseudo-terminal)'}`,
    async () => {
      const command = `${process.execPath} ${MAIN} run 'echo started; sleep 60' --data-dir ${dataDir}`;
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        cwd: folder,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
      let screen = '';
      child.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()));
      await expect.poll(() => screen, { timeout: A_LONG_TIME }).toContain('started\r\n');
      child.stdin.write('\u0003');
      await expect.poll(() => screen, { timeout: A_LONG_TIME }).toContain('[d] detach');
      child.stdin.write('c');
      expect(await exited).toBe(130);
      expect(screen).toContain('cancelled after');
    },
  );
});
