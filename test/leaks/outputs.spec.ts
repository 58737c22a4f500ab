import { expect, it } from 'vitest';
import { leaksIn } from './find-leaks.js';
import { readRun } from './run-folder.js';

const { outputs, secrets } = readRun();
const bytes = outputs.reduce((sum, { text }) => sum + text.length, 0);

const MINUTES = 5 * 60_000;

/** Runs when all other specs have ended: see vitest.config.ts. */
it(
  'no output of this run tells a secret',
  () => {
    const watched = secrets.filter(({ secret }) => secret !== undefined).length;
    process.stdout.write(
      `searched ${outputs.length} outputs of this run (${(bytes / 2 ** 20).toFixed(1)} MiB) for ${secrets.length - watched} planted secrets, ${watched} that the product made, and all that has a secret’s form\n`,
    );
    expect(outputs.flatMap((output) => leaksIn(output, secrets))).toEqual([]);
  },
  MINUTES,
);
