// `npm run bench -- tasks [--json] [--tasks N] [--rounds N] [--mode local-only|remote-enabled]`: figures, on demand.
// The product runs built, as processes of its own; only this harness runs from its TypeScript source.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name = 'tasks', ...args] = process.argv.slice(2);

const build = spawnSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: ['ignore', 2, 'inherit'] });
if (build.status !== 0) process.exit(build.status ?? 1);

const { module } = await runnerImport(`${root}bench/${name}/bench.ts`, {
  configFile: false,
  root,
  logLevel: 'error',
  environments: { inline: { resolve: { conditions: ['coderclaw-source'] } } },
});
await module.bench(args);
process.exit(0);
