import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as access from '#access';
import { GuardedCommand, GuardedQuery, hasDemand } from '#access';
import * as audit from '#audit';
import * as commands from '#commands';
import * as readModels from '#read-models';
import * as scheduling from '#scheduling';

const LIBS = fileURLToPath(new URL('..', import.meta.url));

const isRequest = (value: unknown): boolean =>
  typeof value === 'function' &&
  (value.prototype instanceof GuardedCommand || value.prototype instanceof GuardedQuery);

/** The requests that the sources declare, by name: one that is not exported must not escape the test. */
const declared = readdirSync(LIBS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.endsWith('.contract.ts'))
  .flatMap((file) => [
    ...readFileSync(join(LIBS, file), 'utf8').matchAll(/class (\w+) extends Guarded(?:Command|Query)</g),
  ])
  .map(([, name]) => name ?? '');

describe('every command and every query', () => {
  const exported = new Map(
    Object.entries({ ...access, ...audit, ...commands, ...readModels, ...scheduling }).filter(([, value]) =>
      isRequest(value),
    ),
  );

  it('is known to this test', () => {
    expect(declared.length).toBeGreaterThan(10);
    expect([...exported.keys()].toSorted()).toEqual(declared.toSorted());
  });

  it.each(declared)('%s says what it takes to reach it', (name) => {
    expect(hasDemand(exported.get(name))).toBe(true);
  });
});
