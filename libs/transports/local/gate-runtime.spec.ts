import { DEFAULT_TENANT } from '#contract';
import type { Actor } from '#contract';
import { MemoryGate } from '#test/memory-gate';
import { runtimeContract } from '../runtime.contract.js';
import { GateRuntime } from './gate-runtime.js';

const ann: Actor = {
  kind: 'user',
  id: 'ann',
  tenant: DEFAULT_TENANT,
  sessionId: 'default',
  roles: ['admin'],
  trust: 'trusted',
};

runtimeContract('GateRuntime', async () => ({
  runtime: new GateRuntime({ gate: new MemoryGate().asGate, actor: ann }),
}));
