import { expect, it } from 'vitest';
import { runtimeContract } from '../runtime.contract.js';
import { LocalTransportAdapter } from './client.js';

runtimeContract('LocalTransportAdapter', async () => {
  const runtime = new LocalTransportAdapter();
  await Promise.all([runtime.listAgents(), runtime.listSkills()]); // both open it, and open one
  return { runtime };
});

it('opens nothing until it is asked, and refuses what is asked after it was closed', async () => {
  const adapter = new LocalTransportAdapter();
  await adapter.close();
  await adapter.close();
  await expect(adapter.listAgents()).rejects.toMatchObject({ code: 'unavailable' });
});
