import { expect, it, vi } from 'vitest';
import { SilentLogger, subjects } from '#contract';
import { InProcessBus } from '#streaming';
import { AccessChanges } from './access-changes.service.js';
import type { AccessChange } from './access-changes.service.js';

it('what is no change of access is ignored without a word, and the next change is heard', async () => {
  const logger = new SilentLogger();
  const failed = vi.spyOn(logger, 'error');
  const bus = new InProcessBus(logger);
  const [here, there] = [new AccessChanges(bus), new AccessChanges(bus)];
  await here.onModuleInit();
  const heard: AccessChange[] = [];
  here.listen((change) => void heard.push(change));
  for (const junk of [undefined, null, 7, 'x', [], {}, { from: 'x' }, { from: 7, change: { users: ['a'] } }])
    bus.publish(subjects.accessChanged, junk);
  bus.publish(subjects.accessChanged, { from: 'x', change: { users: 'everybody' } });
  there.tell({ users: ['ada'] });
  await vi.waitFor(() => expect(heard).toEqual([{ users: ['ada'] }]));
  expect(failed).not.toHaveBeenCalled();
  await here.onModuleDestroy();
});
