import { describe, expect, it } from 'vitest';
import { timesOf } from './cron-times.js';

const times = (cron: string, timeZone = 'UTC', after = '2026-03-28T12:00:00Z', count = 2) =>
  timesOf({ cron, timeZone }, new Date(after), count).map((time) => time.toISOString());

describe('the times of a schedule', () => {
  it('come after the moment, never at it', () => {
    expect(times('30 6 * * MON-FRI')).toEqual(['2026-03-30T06:30:00.000Z', '2026-03-31T06:30:00.000Z']);
    expect(times('0 12 * * *')[0]).toBe('2026-03-29T12:00:00.000Z');
  });

  it('are those of its time zone, over a change of the clocks', () => {
    expect(times('30 6 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z')).toEqual([
      '2026-03-28T05:30:00.000Z',
      '2026-03-29T04:30:00.000Z',
    ]);
  });

  it.each([
    ['cron', '* * * * * *', 'UTC'],
    ['cron', 'every day', 'UTC'],
    ['cron', '61 * * * *', 'UTC'],
    ['cron', '0 0 31 2 *', 'UTC'],
    ['timeZone', '0 0 * * *', 'Atlantis/Center'],
  ])('are refused where %s is wrong: %s, %s', (field, cron, timeZone) => {
    expect(() => times(cron, timeZone)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    expect(() => times(cron, timeZone)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ field }) }),
    );
  });
});
