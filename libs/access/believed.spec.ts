import { beforeEach, describe, expect, it } from 'vitest';
import { Believed } from './believed.js';

describe('what is believed', () => {
  let time = 0;
  let believed: Believed<object>;
  const [one, other] = [{ n: 1 }, { n: 2 }];
  beforeEach(() => {
    time = 0;
    believed = new Believed({ now: () => time, maxEntries: 2 });
  });

  it('is believed for a second, and then only remembered', () => {
    expect(believed.keep('a', one)).toBe(one);
    time = 999;
    expect([believed.get('a'), believed.get('b')]).toEqual([one, undefined]);
    time = 1_000;
    expect([believed.get('a'), believed.last('a')]).toEqual([undefined, one]);
    believed.keep('a', other);
    expect(believed.get('a')).toBe(other);
  });

  it('is dropped when told: one, those that are meant, all', () => {
    believed.keep('a', one);
    believed.keep('b', other);
    believed.drop('a');
    expect([believed.last('a'), believed.last('b')]).toEqual([undefined, other]);
    believed.keep('a', one);
    believed.dropWhere((value) => value === other);
    expect([believed.last('a'), believed.last('b')]).toEqual([one, undefined]);
    believed.dropAll();
    expect(believed.last('a')).toBeUndefined();
  });

  it('is looked at again when doubted, with what it was to compare with', () => {
    believed.keep('a', one);
    believed.doubt();
    expect([believed.get('a'), believed.last('a')]).toEqual([undefined, one]);
  });

  it('is bounded, and what was kept longest ago goes first', () => {
    believed.keep('a', one);
    believed.keep('b', one);
    believed.keep('a', other);
    believed.keep('c', one);
    expect(['a', 'b', 'c'].map((key) => believed.last(key))).toEqual([other, undefined, one]);
  });

  it('is nothing where a promise failed, unless another look has begun', async () => {
    const failed = Promise.reject(new Error('away'));
    believed.keep('a', failed);
    believed.keep('b', failed);
    believed.keep('b', one);
    await failed.catch(() => undefined);
    await Promise.resolve();
    expect([believed.last('a'), believed.last('b')]).toEqual([undefined, one]);
  });
});
