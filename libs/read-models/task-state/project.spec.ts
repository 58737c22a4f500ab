import { describe, expect, it } from 'vitest';
import { fold } from '#task';
import { historyOf } from '#test/given';
import { IN } from '#test/orders';
import { project, totalChanges } from './project.js';
import type { TaskView } from './project.js';

const viewOf = (history: ReturnType<typeof historyOf>) =>
  history.reduce<TaskView | null>((view, event) => project(view, { tenant: 't', taskId: 'x', event }), null);

describe('a task for lists', () => {
  it.each(Object.entries(IN))('that is %s is the fold of its history, with its input', (_status, shorts) => {
    const history = historyOf(shorts);
    expect(viewOf(history)).toMatchObject({ tenant: 't', task: fold(history), input: 'npm test' });
  });

  it('has the output of its end', () => {
    expect(viewOf(historyOf(IN.completed))?.output).toBe('ok');
    expect(viewOf(historyOf(IN.running))?.output).toBeNull();
  });
});

describe('the totals', () => {
  it('move a task from one status to another', () => {
    expect(totalChanges([{ tenant: 't', before: 'pending', after: 'running' }])).toEqual([
      { tenant: 't', status: 'running', change: 1 },
      { tenant: 't', status: 'pending', change: -1 },
    ]);
  });

  it('are left alone by what cancels out', () => {
    expect(
      totalChanges([
        { tenant: 't', before: 'pending', after: 'running' },
        { tenant: 't', before: 'running', after: 'pending' },
        { tenant: 't', before: 'running', after: 'running' },
      ]),
    ).toEqual([]);
  });

  it('keep tenants apart', () => {
    const changes = ['a', 'b'].map((tenant) => ({ tenant, before: null, after: 'pending' as const }));
    expect(totalChanges(changes)).toHaveLength(2);
  });
});
