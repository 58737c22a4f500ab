import { describe, expect, it } from 'vitest';
import { until } from '../scripted-control-plane.contract.js';
import { ASKED_AGAIN } from './resumed-text.js';
import { agentId, secondAttempt, step, text, unavailable, working } from './steps-in-test.contract.js';

const saying = (...pieces: string[]) =>
  working(({ step: once }) =>
    once('b', 'test', async (output) => {
      for (const piece of pieces) await output.write(piece);
      return { result: pieces.join('') };
    }),
  );

describe('a step', () => {
  it('is one report: what it has put out, then what it came to', async () => {
    const plane = await working(({ step: once }) =>
      once('a', 'test', async (output) => {
        await output.write('half');
        return { result: 'whole', usage: { inputTokens: 1, outputTokens: 2, costUsd: 0 } };
      }),
    );
    const grant = plane.grant('', { agentId });
    await plane.end(grant);
    expect(plane.reports.map(({ facts }) => facts.map(({ type }) => type))).toEqual([
      ['Started', 'Output', 'Step'],
      ['Completed'],
    ]);
    expect(plane.of(grant)[2]).toEqual({
      type: 'Step',
      data: {
        key: 'a',
        kind: 'test',
        result: 'whole',
        usage: { inputTokens: 1, outputTokens: 2, costUsd: 0 },
      },
    });
  });

  it('is not done before the one before it is committed', async () => {
    let second = false;
    const plane = await working(async ({ step: once }) => {
      await once('a', 'test', async () => ({ result: 1 }));
      return once('b', 'test', async () => {
        second = true;
        return { result: 'b' };
      });
    });
    let commit: (() => void) | undefined;
    plane.answerReport = (report) => {
      if (!report.facts.some(({ type }) => type === 'Step') || commit) return plane.accept(report);
      return new Promise((resolve) => {
        commit = () => resolve(plane.accept(report));
      });
    };
    const grant = plane.grant('', { agentId });
    await until(() => commit);
    expect(second).toBe(false);
    commit?.();
    expect((await plane.end(grant)).last).toMatchObject({ data: { output: 'b' } });
  });

  it('that is on record is answered from there and not done again, on whatever page it is', async () => {
    const done: string[] = [];
    const plane = await working(async ({ step: once }) => {
      const results: string[] = [];
      for (const key of ['a', 'b', 'c'])
        results.push(
          await once(key, 'test', async () => {
            done.push(key);
            return { result: `new ${key}` };
          }),
        );
      return results.join();
    });
    plane.record = ({ after }) =>
      Promise.resolve(
        after === 0 ? { entries: [step('a', 'old a', 3)], next: 3 } : { entries: [step('b', 'old b', 4)] },
      );
    const { last } = await plane.end(secondAttempt(plane, []));
    expect([done, last]).toEqual([['c'], { type: 'Completed', data: { output: 'old a,old b,new c' } }]);
  });

  it('asks for the record again when the control plane is away', async () => {
    const plane = await working(({ step: once }) => once('a', 'test', async () => ({ result: 'new' })));
    const record = plane.record.bind(plane);
    let away = 1;
    plane.record = async (asked) => {
      if (away-- > 0) throw unavailable();
      return record(asked);
    };
    const { last } = await plane.end(secondAttempt(plane, [step('a', 'old', 3)]));
    expect(last).toMatchObject({ data: { output: 'old' } });
  });

  it('asks for no record in a first attempt that has none', async () => {
    const plane = await working(({ step: once }) => once('a', 'test', async () => ({ result: 'new' })));
    plane.record = () => Promise.reject(new Error('asked'));
    expect((await plane.end(plane.grant('', { agentId }))).last.type).toBe('Completed');
  });

  it('that fails is not recorded, but what it had said is', async () => {
    const plane = await working(({ step: once }) =>
      once('a', 'test', async (output) => {
        await output.write('so far');
        throw new Error('no more');
      }),
    );
    const grant = plane.grant('', { agentId });
    const { types, output, last } = await plane.end(grant);
    expect([types, output]).toEqual([['Started', 'Output', 'Failed'], 'so far']);
    expect(last).toMatchObject({ data: { error: 'no more' } });
  });

  it('keeps what the log cannot hold out of it', async () => {
    const plane = await working(async ({ step: once }) => {
      await once('a', 'test', async (output) => {
        await output.write('a\0b\ud83d');
        await output.write('\ude00\ud83d');
        return { result: { ['k\0']: ['x\0', '\udc00'] } };
      });
      return '';
    });
    const grant = plane.grant('', { agentId });
    const { output } = await plane.end(grant);
    expect(output).toBe('a\uFFFDb😀\uFFFD');
    expect(plane.of(grant).find(({ type }) => type === 'Step')?.data).toMatchObject({
      result: { 'k\uFFFD': ['x\uFFFD', '\uFFFD'] },
    });
  });
});

describe('text of a step that is done again', () => {
  it.each([
    ['goes on where it was cut off', ['one two thr', 'ee four'], 'one two three four'],
    ['is not repeated where it was all out', ['one ', 'two'], 'one two'],
    ['follows a line that says so, whole, where it differs', ['one ', '2'], `one two${ASKED_AGAIN}one 2`],
    ['follows a line that says so, where it is shorter', ['one'], `one two${ASKED_AGAIN}one`],
  ])('%s', async (_what, pieces, whole) => {
    const plane = await saying(...pieces);
    const record = [text('before', 2), step('a', 'a', 3), text('one ', 4), text('two', 5)];
    const { output } = await plane.end(secondAttempt(plane, record));
    expect(`one two${output}`).toBe(whole);
  });

  it('is compared with the last of several tries', async () => {
    const plane = await saying('two!');
    const record = [text(`one${ASKED_AGAIN}tw`, 4)];
    expect((await plane.end(secondAttempt(plane, record))).output).toBe('o!');
  });
});
