// `npm run demo`: from a fresh clone to a finished task. Needs Node and npm, nothing else.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'dist/apps/cli/main.js');
const dataDir = mkdtempSync(join(tmpdir(), 'coderclaw-demo-'));
const bold = process.stdout.isTTY ? (text) => `\u001b[1m${text}\u001b[0m` : (text) => text;
const say = (text) => process.stdout.write(`${text}\n`);
const started = Date.now();

function step(title, command, args, { keep = false } = {}) {
  say(`\n${bold(`▸ ${title}`)}`);
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', keep ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) {
    say(`\n${title}: failed with exit code ${status}`);
    process.exit(status ?? 1);
  }
  return stdout;
}

const coderclaw = (title, args, options) =>
  step(
    `${title}   ${args[0] === 'run' ? '$ coderclaw run "npm test" --workspace examples/temperature' : ''}`.trimEnd(),
    process.execPath,
    [cli, ...args, '--data-dir', dataDir],
    options,
  );

try {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) {
    step('Installing packages', npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  step('Building', npm, ['run', 'build', '--silent']);
  const args = ['run', 'npm test', '--description', 'Test the example project'];
  coderclaw('Running a task', [...args, '--workspace', join(root, 'examples/temperature')]);
  const [task] = JSON.parse(
    `[${coderclaw('Its final state', ['list', '--json'], { keep: true }).trim().split('\n').at(-1)}]`,
  ).flatMap((page) => page.tasks ?? [page]);
  say(`  task ${task.id}\n  status ${task.status}, attempt ${task.attempt}, ${task.version} events`);
  coderclaw('Its history', ['events', task.id]);
  coderclaw('Its audit records', ['audit', 'query', '--resource-id', task.id]);
  say(`\n${bold(`Done in ${Math.round((Date.now() - started) / 1000)} s.`)} What next:
  npx coderclaw run "node -e 'console.log(6*7)'"   run a task right here
  npx coderclaw serve                              start a server: http://127.0.0.1:7411/docs
  npx coderclaw --help                             all there is`);
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
