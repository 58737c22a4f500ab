import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMeshError } from '#errors';
import { decide, evolve, fold, placementOf } from '#task';
import type { Recorded, Task, TaskCommand, TaskEvent, TaskOrNone, TaskStatus, WorkerFact } from '#task';
import { SUBMISSION, USUAL, timeOf } from '#test/given';

/** contract.md §1, word for word; the code under test has its own. */
const MAY_FOLLOW: Readonly<Record<TaskStatus | 'new', readonly TaskStatus[]>> = {
  new: ['pending'],
  pending: ['planning', 'failed', 'cancelled'],
  planning: ['running', 'failed', 'cancelled'],
  running: ['waiting', 'completed', 'failed', 'cancelled'],
  waiting: ['running', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};
const FINAL: readonly (TaskStatus | 'new')[] = ['completed', 'failed', 'cancelled'];

/** What each event means for the status, as phase2.md draws it. */
const LEADS_TO: Partial<Record<TaskEvent['type'], TaskStatus>> = {
  TaskSubmitted: 'pending',
  PlanningStarted: 'planning',
  TaskStarted: 'running',
  InputRequested: 'waiting',
  ApprovalRequested: 'waiting',
  TaskPaused: 'waiting',
  TaskResumed: 'running',
  TaskCompleted: 'completed',
  TaskFailed: 'failed',
  TaskCancelled: 'cancelled',
};

const fact: fc.Arbitrary<WorkerFact> = fc.oneof(
  fc.constantFrom<WorkerFact>(
    { type: 'Planning', data: {} },
    { type: 'Started', data: {} },
    { type: 'Started', data: {} },
    { type: 'Started', data: {} },
    { type: 'Started', data: {} },
    { type: 'Completed', data: { output: 'n' } },
    { type: 'Completed', data: { output: 'p' } },
    { type: 'Completed', data: { output: 'q' } },
    { type: 'Plan', data: { steps: ['a'] } },
    { type: 'Output', data: { channel: 'text', text: 'x' } },
    { type: 'Step', data: { key: 'k', kind: 'tool', result: null } },
    { type: 'NeedInput', data: { prompt: '?' } },
    { type: 'NeedApproval', data: { prompt: '?' } },
    { type: 'Completed', data: { output: 'o' } },
    { type: 'Failed', data: { error: 'e' } },
  ),
  fc.double().map((progress): WorkerFact => ({ type: 'Progress', data: { progress } })),
);

/** An order as it is drawn: its lease may be the task's own or a stale one, which only the task can tell. */
type Draw = (task: TaskOrNone) => TaskCommand;
const mostlyTrue = fc.integer({ min: 0, max: 5 }).map((n) => n > 0);
const epochOf = (task: TaskOrNone, own: boolean) => (task?.lease?.epoch ?? 0) - (own ? 0 : 1);
const constant = (command: TaskCommand): fc.Arbitrary<Draw> => fc.constant(() => command);

const draw: fc.Arbitrary<Draw> = fc.oneof(
  fc.boolean().map((requiresApproval): Draw => () => ({
    type: 'SubmitTask',
    data: { ...SUBMISSION, requiresApproval },
  })),
  { weight: 10, arbitrary: constant({ type: 'GrantLease', data: { workerId: 'w1', leaseMs: 1 } }) },
  {
    weight: 2,
    arbitrary: mostlyTrue.map((own): Draw => (task) => ({
      type: 'LoseAttempt',
      data: { epoch: epochOf(task, own), reason: 'r' },
    })),
  },
  {
    weight: 30, // most of a life is reports; with fewer of them hardly a run completes
    arbitrary: fc
      .record({
        own: mostlyTrue,
        fresh: mostlyTrue,
        workerId: mostlyTrue,
        facts: fc.array(fact, { minLength: 1, maxLength: 2 }),
      })
      .map(({ own, fresh, workerId, facts }): Draw => (task) => ({
        type: 'Report',
        data: {
          workerId: workerId ? 'w1' : 'w2',
          epoch: epochOf(task, own),
          seq: (task?.lease?.seq ?? 0) + (fresh ? 1 : 0),
          facts,
        },
      })),
  },
  { weight: 2, arbitrary: constant({ type: 'PauseTask', data: {} }) },
  {
    weight: 2,
    arbitrary: fc
      .option(fc.boolean(), { nil: undefined })
      .map((approved): Draw => () => ({ type: 'ResumeTask', data: { approved } })),
  },
  constant({ type: 'CancelTask', data: { reason: 'r' } }),
  constant({ type: 'FailTask', data: { error: 'r' } }),
);

const authorOf = ({ type, data }: TaskCommand): Recorded['author'] =>
  type === 'Report'
    ? { kind: 'worker', id: data.workerId, epoch: data.epoch, seq: data.seq }
    : { kind: 'user', id: 'ann' };

type Run = { task: TaskOrNone; history: Recorded[]; completed: number[] };

/** One command against the task so far. A refusal must be a `MeshError`, and leaves everything as it was. */
function step(run: Run, command: TaskCommand): void {
  const before = run.task;
  const events = tried(command, before);
  for (const event of events) {
    const version = run.history.length + 1;
    const recorded: Recorded = { ...event, version, at: timeOf(version), author: authorOf(command) };
    const from = run.task?.status ?? 'new';
    const to = LEADS_TO[event.type];
    expect(FINAL).not.toContain(from);
    expect([...MAY_FOLLOW[from], undefined]).toContain(to); // undefined: the status stays
    run.task = evolve(run.task, recorded);
    expect(run.task.status).toBe(to ?? from);
    run.history.push(recorded);
  }
  if (command.type === 'Report' && events.some(({ type }) => type === 'TaskCompleted'))
    run.completed.push(command.data.epoch);
  if (run.task) holds(run.task);
}

function tried(command: TaskCommand, task: TaskOrNone): readonly TaskEvent[] {
  try {
    return decide(command, task);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return [];
  }
}

function holds(task: Task): void {
  expect(placementOf(task) === 'leased').toBe(task.lease !== undefined);
  expect(task.status === 'waiting').toBe(task.waiting !== undefined);
  expect(FINAL.includes(task.status)).toBe(task.completedAt !== undefined);
  expect(task.progress ?? 0).toBeGreaterThanOrEqual(0);
  expect(task.progress ?? 0).toBeLessThanOrEqual(100);
}

describe('whatever is asked, in whatever order', () => {
  it('the table is kept, final is final, and the history tells all', () => {
    const seen = new Set<string | undefined>();
    fc.assert(
      fc.property(fc.array(draw, { minLength: 5, maxLength: 40, size: 'max' }), (draws) => {
        const run: Run = { task: null, history: [], completed: [] };
        step(run, { type: 'SubmitTask', data: SUBMISSION });
        for (const order of draws) step(run, order(run.task));
        expect(run.history.map(({ version }) => version)).toEqual(run.history.map((_, i) => i + 1));
        expect(run.task?.version).toBe(run.history.length);
        expect(fold(run.history)).toStrictEqual(run.task);
        expect(fold(JSON.parse(JSON.stringify(run.history)) as Recorded[])).toStrictEqual(run.task);
        expect(new Set(run.completed).size).toBe(run.completed.length);
        expect(run.history.filter(({ type }) => type === 'TaskCompleted').length).toBeLessThanOrEqual(1);
        for (const { type } of run.history) seen.add(LEADS_TO[type]);
      }),
      { numRuns: 300 },
    );
    expect([...seen].filter((status) => status !== undefined).toSorted()).toEqual(
      Object.keys(MAY_FOLLOW)
        .filter((status) => status !== 'new')
        .toSorted(),
    );
  });

  it('any history folds, even a nonsensical one', () => {
    const types = Object.keys(USUAL) as (keyof typeof USUAL)[];
    const events = fc.array(
      fc.record({ type: fc.constantFrom(...types), epoch: fc.nat(9), seq: fc.nat(9), version: fc.integer() }),
    );
    fc.assert(
      fc.property(events, (drawn) => {
        const history = drawn.map(({ type, epoch, seq, version }) => ({
          type,
          data: USUAL[type],
          version,
          at: timeOf(1),
          author: { kind: 'worker', id: 'w', epoch, seq },
        })) as Recorded[];
        expect(fold(history)?.version).toBe(history.at(-1)?.version);
      }),
    );
  });
});
