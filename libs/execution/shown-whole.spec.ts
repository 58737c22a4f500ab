import { describe, expect, it } from 'vitest';
import { shownWhole } from './shown-whole.js';

describe('what somebody is to approve', () => {
  it('is shown as it is where there is room for it', () => {
    expect(shownWhole('echo hello', 300)).toBe('echo hello');
  });

  it('is not hidden behind a long beginning: its end is shown, and that something is not', () => {
    const shown = shownWhole(`echo hello #${' '.repeat(5_000)}\nrm -rf ~`, 300);
    expect(shown).toMatch(/^echo hello #/);
    expect(shown).toContain('5021 characters in all, too many to be shown');
    expect(shown.endsWith('\nrm -rf ~')).toBe(true);
    expect(shown.length).toBeLessThanOrEqual(300);
  });

  it('is never half of a character', () => {
    expect(shownWhole('🦀'.repeat(1_000), 301).isWellFormed()).toBe(true);
  });
});
