import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerFact } from '#task';
import { OutputLimit } from './output-limit.js';

const said = (text: string): WorkerFact => ({ type: 'Output', data: { channel: 'stdout', text } });
const textOf = (fact: WorkerFact) => (fact.type === 'Output' ? fact.data.text : fact.type);
const isOurs = (text: string) => text.includes('coderclaw: ');

describe('output within a limit', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'output-limit-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  let files = 0;
  const limited = (more: object = {}) => {
    const facts: WorkerFact[] = [];
    const emit = async (fact: WorkerFact) => void facts.push(fact);
    const path = join(folder, `${files++}.log`);
    const limits = { maxLoggedBytes: 10, maxFiledBytes: 1000 };
    const limit = new OutputLimit({ emit, path, name: 'rest.log', ...limits, ...more });
    const filed = async () => ((await limit.end()) === null ? '' : readFile(path, 'utf8'));
    return { limit, facts, filed };
  };

  it('goes to the log and leaves no file', async () => {
    const { limit, facts } = limited();
    await limit.emit(said('0123456789'));
    expect([facts, limit.isFiled, await limit.end()]).toEqual([[said('0123456789')], false, null]);
  });

  it('goes to a file past it, which is said once, while other facts pass', async () => {
    const { limit, facts, filed } = limited();
    await limit.emit(said('01234567'));
    await Promise.all([limit.emit(said('more')), limit.emit(said(' and more'))]);
    await limit.emit({ type: 'Progress', data: { progress: 50 } });
    expect(facts.map(textOf)).toEqual([
      '01234567',
      expect.stringContaining('more than 10 bytes of output: the rest will be in the artifact "rest.log"'),
      'Progress',
    ]);
    expect([limit.isFiled, await filed()]).toEqual([true, 'more and more']);
  });

  it('loses nothing and changes no order, whatever comes how fast', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.boolean()), { maxLength: 30 }),
        async (pieces) => {
          const { limit, facts, filed } = limited();
          for (const [text, waits] of pieces) {
            const put = limit.emit(said(text));
            if (waits) await put;
          }
          const logged = facts.map(textOf).filter((text) => !isOurs(text));
          expect(logged.join('') + (await filed())).toBe(pieces.map(([text]) => text).join(''));
          expect(Buffer.byteLength(logged.join(''))).toBeLessThanOrEqual(10);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is dropped when the file has as much as an artifact may have, and says so once', async () => {
    const { limit, facts, filed } = limited({ maxFiledBytes: 5 });
    for (const text of ['0123456789', '12345', '6', '7']) await limit.emit(said(text));
    expect(facts.map(textOf).slice(2)).toEqual([expect.stringContaining('is not kept, but for its end')]);
    expect([limit.isFiled, await filed()]).toEqual([false, '12345']);
  });

  it('is dropped where the file cannot be written, and says why', async () => {
    const { limit, facts } = limited({ path: join(folder, 'missing', 'rest.log') });
    for (const text of ['0123456789', 'a', 'b']) await limit.emit(said(text));
    expect(facts.map(textOf).slice(2)).toEqual([expect.stringContaining('cannot be written: ENOENT')]);
    expect([limit.isFiled, await limit.end()]).toEqual([false, null]);
  });
});
