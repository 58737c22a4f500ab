import { setImmediate as immediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { GroupCommit } from './group-commit.js';

type Item = Readonly<{ key: string | null; bytes: number }>;

/** Long enough for what was added, or freed, to be taken. */
const turn = async () => {
  await immediate();
  await immediate();
};

function harness(limits: ConstructorParameters<typeof GroupCommit>[0]) {
  const batches: Item[][] = [];
  const finish: (() => void)[] = [];
  const group = new GroupCommit<Item>(
    limits,
    { keyOf: ({ key }) => key, bytesOf: ({ bytes }) => bytes },
    (batch) => {
      batches.push([...batch]);
      return new Promise((resolve) => finish.push(resolve));
    },
  );
  return { group, batches, finish, keys: () => batches.map((batch) => batch.map(({ key }) => key)) };
}

const item = (key: string | null, bytes = 1): Item => ({ key, bytes });

it('writes one alone at once, with what arrived in the same turn of the event loop', async () => {
  const { group, keys } = harness({ lanes: 1 });
  group.add(item('a'));
  await Promise.resolve();
  group.add(item('b'));
  await immediate();
  expect(keys()).toEqual([['a', 'b']]);
});

it('groups what waits for a lane', async () => {
  const { group, keys, finish } = harness({ lanes: 1 });
  group.add(item('a'));
  await turn();
  for (const key of ['b', 'c', null, null]) group.add(item(key));
  await turn();
  expect(keys()).toEqual([['a']]);
  finish[0]?.();
  await turn();
  expect(keys()).toEqual([['a'], ['b', 'c', null, null]]);
});

it('uses its lanes, and no more of them', async () => {
  const { group, keys } = harness({ lanes: 2 });
  for (const key of ['a', 'b', 'c']) {
    group.add(item(key));
    await turn();
  }
  expect(keys()).toEqual([['a'], ['b']]);
  expect(group.size).toBe(1);
});

it('never has two members of one key under way, and keeps their order', async () => {
  const { group, batches, finish } = harness({ lanes: 2 });
  const [first, second] = [item('a', 1), item('a', 2)];
  for (const member of [first, second, item('b')]) group.add(member);
  await turn();
  expect(batches).toEqual([[first, item('b')]]);
  finish[0]?.();
  await turn();
  expect(batches[1]).toEqual([second]);
});

it('closes a batch at its limits, but takes one that is too large alone', async () => {
  const { group, batches } = harness({ lanes: 9, maxMembers: 3, maxBytes: 10 });
  for (const bytes of [1, 1, 1, 1, 8, 20, 3]) group.add(item(null, bytes));
  await turn();
  expect(batches.map((batch) => batch.map(({ bytes }) => bytes))).toEqual([[1, 1, 1], [1, 8], [20], [3]]);
});
