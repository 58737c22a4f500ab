import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { QueuedTask } from '#event-store';
import { FairQueue } from './fair-queue.js';
import type { Abilities } from './profile.js';
import { share } from './samples.contract.js';

const LIMITS = share({ tasks: 4, perSession: 2, perAgent: new Map([['echo', 1]]) });
const KINDS: readonly Abilities[] = [
  { agents: ['shell'], labels: [] },
  { agents: ['shell', 'echo'], labels: ['gpu'] },
];

const keyOf = (task: QueuedTask) => task.submittedAt - task.priority * 60_000;

type Session = { turn: number };

/** The same rules by a search through a list: slow, and plain to see. */
class Slow {
  readonly waiting: QueuedTask[] = [];
  readonly running: QueuedTask[] = [];
  private readonly sessions = new Map<string, Session>();
  private now = 0;
  private latest = 0;
  private clock = 0;

  put(task: QueuedTask): void {
    this.joining(() => this.waiting.push(task));
  }

  drop(taskId: string): void {
    this.leave(taskId);
  }

  wake(now: number): void {
    this.joining(() => (this.clock = now));
  }

  take({ agents, labels }: Abilities): string | undefined {
    const [next] = this.lined()
      .filter((task) => agents.includes(task.agentId) && task.requires.every((each) => labels.includes(each)))
      .filter((task) => this.isBelowLimits(task))
      .toSorted((a, b) => this.order(a, b));
    if (!next) return undefined;
    const session = this.session(next);
    session.turn = Math.max(session.turn, this.now);
    this.now = session.turn;
    this.latest = Math.max(this.latest, ++session.turn);
    this.running.push(next);
    this.leave(next.taskId);
    return next.taskId;
  }

  release(taskId: string): void {
    const at = this.running.findIndex((task) => task.taskId === taskId);
    if (at >= 0) this.running.splice(at, 1);
  }

  private lined = () => this.waiting.filter(({ readyAt }) => (readyAt ?? 0) <= this.clock);

  /** Sessions that had nothing to begin before, and have now, join at the present. */
  private joining(change: () => void): void {
    const before = new Set(this.lined().map((task) => this.session(task)));
    change();
    for (const task of this.lined()) {
      const session = this.session(task);
      if (!before.has(session)) session.turn = Math.max(session.turn, this.now);
    }
  }

  private leave(taskId: string): void {
    const at = this.waiting.findIndex((task) => task.taskId === taskId);
    if (at < 0) return;
    this.waiting.splice(at, 1);
    if (this.waiting.length === 0) this.now = this.latest;
  }

  private isBelowLimits({ tenant, sessionId, agentId }: QueuedTask): boolean {
    const mine = this.running.filter((task) => task.tenant === tenant);
    const ofAgent = mine.filter((task) => task.agentId === agentId).length;
    const ofSession = mine.filter((task) => task.sessionId === sessionId).length;
    return mine.length < 4 && ofSession < 2 && (agentId !== 'echo' || ofAgent < 1);
  }

  private order(a: QueuedTask, b: QueuedTask): number {
    return this.session(a).turn - this.session(b).turn || keyOf(a) - keyOf(b) || a.place - b.place;
  }

  private session({ tenant, sessionId }: QueuedTask): Session {
    const id = `${tenant}/${sessionId}`;
    const known = this.sessions.get(id) ?? { turn: 0 };
    this.sessions.set(id, known);
    return known;
  }
}

const aTask = fc.record({
  does: fc.constant('put' as const),
  tenant: fc.constantFrom('t', 'u'),
  sessionId: fc.constantFrom('a', 'b', 'c'),
  agentId: fc.constantFrom('shell', 'echo'),
  requires: fc.constantFrom([], ['gpu'], ['nobody']),
  priority: fc.nat(9),
  minute: fc.nat(12),
  readyAt: fc.option(fc.nat(5)),
});
const step = fc.oneof(
  { weight: 3, arbitrary: aTask },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('take' as const), kind: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('end' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('drop' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ does: 'wake' as const }) },
  { weight: 1, arbitrary: fc.constant({ does: 'sweep' as const }) },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Takes the same step in both, and keeps what each has given and how many it had left. */
class Both {
  readonly fastTook: unknown[] = [];
  readonly slowTook: unknown[] = [];
  private readonly fast = new FairQueue();
  private readonly slow = new Slow();
  private clock = 0;
  private places = 0;

  take(taken: Step): void {
    if (taken.does === 'put') return this.put(taken);
    if (taken.does === 'take') return this.takeAs(KINDS[taken.kind] ?? { agents: [], labels: [] });
    if (taken.does === 'sweep') return this.sweep();
    if (taken.does === 'wake') {
      this.fast.wake(++this.clock);
      return this.slow.wake(this.clock);
    }
    const from = taken.does === 'end' ? this.slow.running : this.slow.waiting;
    const { taskId } = from[taken.which % Math.max(1, from.length)] ?? { taskId: 'nobody' };
    if (taken.does === 'end') {
      this.fast.release(taskId);
      this.slow.release(taskId);
    } else {
      this.fast.drop(taskId);
      this.slow.drop(taskId);
    }
  }

  private put({ minute, ...asked }: Extract<Step, { does: 'put' }>): void {
    const place = ++this.places;
    const task = { ...asked, taskId: `${place}`, place, submittedAt: minute * 60_000 };
    this.fast.put(task, this.clock);
    for (const tenant of ['t', 'u']) this.fast.limit(tenant, LIMITS);
    this.slow.put(task);
  }

  private takeAs(kind: Abilities): void {
    this.fastTook.push(this.fast.take(this.fast.profile(kind))?.taskId, this.fast.size);
    this.slowTook.push(this.slow.take(kind), this.slow.waiting.length);
  }

  /** Finds everything, and forgets one kind of worker and whoever is idle: nobody must notice. */
  private sweep(): void {
    this.fast.beginSweep();
    for (const task of this.slow.waiting) this.fast.put(task, this.clock);
    this.fast.endSweep(KINDS.slice(1));
    for (const tenant of ['t', 'u']) this.fast.limit(tenant, LIMITS);
  }
}

it('is the same queue as one that searches a list, whatever happens to it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const both = new Both();
      for (const each of steps) both.take(each);
      expect(both.fastTook).toEqual(both.slowTook);
    }),
    { numRuns: 500 },
  );
});
