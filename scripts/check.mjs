// `npm run check`: everything that must hold before a merge, cheap first; stops at the first that does not.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, installPackages } from './lib/install.mjs';

const STEPS = [
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['typecheck', 'tsc', '--noEmit'],
  ['lint', 'oxlint', '--type-aware', '--max-warnings', '0'],
  [
    'boundaries',
    'depcruise',
    'apps',
    'libs',
    'test',
    'bench',
    'scripts',
    '--config',
    '.dependency-cruiser.mjs',
  ],
  ['dead code', 'knip'],
];

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

function run(program, args) {
  const { status } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

installPackages();
const start = performance.now();
for (const [name, tool, ...args] of STEPS) {
  const began = performance.now();
  console.log(`\n${name}: ${tool} ${args.join(' ')}`);
  run(join(ROOT, 'node_modules', '.bin', tool), args);
  console.log(`${name}: ok, ${seconds(began)}`);
}
console.log(`\nstatic checks: ok, ${seconds(start)}; now the tests`);
run('npm', ['test', '--silent', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])]); // last: its last line is the result
