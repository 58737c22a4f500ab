// `npm test`: installs what is missing, fetches the servers' programs, builds (some specs start the built CLI), and
// runs vitest with the arguments given.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, installPackages } from './lib/install.mjs';
import { bwrapBinary } from '../test/servers/bwrap-binary.mjs';
import { natsServerBinary } from '../test/servers/nats-binary.mjs';
import { postgresBinaries } from '../test/servers/postgres-binary.mjs';

installPackages();
try {
  console.log(`nats-server: ${await natsServerBinary(console.log)}`);
  console.log(`Postgres: ${await postgresBinaries(console.log)}`);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
await bwrapBinary(console.log).then(
  (path) => console.log(`bubblewrap: ${path}`),
  (error) => console.log(`bubblewrap: none; the specs of the sandbox are skipped. ${error.message}`),
);

build();
const folder = mkdtempSync(join(tmpdir(), 'coderclaw-report-'));
const report = join(folder, 'report.json');
const code = await vitest(['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
console.log(`\n${summary()}`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = code;

function build() {
  const began = performance.now();
  console.log('build: npm run build');
  const { status } = spawnSync('npm', ['run', 'build', '--silent'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  console.log(`build: ok, ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** Runs vitest to its end. A Ctrl-C reaches it by itself; we wait for it to clean up. */
function vitest(args) {
  const program = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [program, ...args, ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.once('exit', (status) => resolve(status ?? 1)));
}

/** One line that people and programs read alike. */
function summary() {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return '0 passed, 1 failed'; // vitest itself failed, and said why
  }
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = result;
  const unloadable = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = numFailedTests + unloadable.length;
  const skipped = numPendingTests + (numTodoTests ?? 0);
  return `${passed} passed, ${failed || (code === 0 ? 0 : 1)} failed${skipped ? `, ${skipped} skipped` : ''}`;
}
