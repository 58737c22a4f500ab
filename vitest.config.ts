import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Specs that start the built product as processes of its own, or measure: one file at a time, after the others. */
const PROCESSES = ['test/{chaos,e2e,matrix}/**/*.spec.ts', 'apps/cli/main.spec.ts'];

/** Searches what all the others have put out. */
const LAST = ['test/leaks/outputs.spec.ts'];

/** Each worker may hold a pool on the one Postgres that a run shares. */
const MAX_WORKERS = 4;

const fromSource = {
  resolve: { conditions: ['coderclaw-source'] },
  ssr: { resolve: { conditions: ['coderclaw-source'] } },
};
const settings = { setupFiles: ['reflect-metadata'], testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    projects: [
      {
        ...fromSource,
        test: {
          ...settings,
          name: 'specs',
          include: ['{apps,libs,test}/**/*.spec.ts'],
          exclude: [...PROCESSES, ...LAST],
          maxWorkers: Math.min(MAX_WORKERS, availableParallelism()),
        },
      },
      {
        ...fromSource,
        test: {
          ...settings,
          name: 'processes',
          include: PROCESSES,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...fromSource,
        test: { ...settings, name: 'outputs', include: LAST, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
