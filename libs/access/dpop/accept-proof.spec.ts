import { expect, it } from 'vitest';
import { MeshError } from '#errors';
import { MemoryUsedOnce } from '../memory.used-once.js';
import { SetClock } from '../set-clock.contract.js';
import { UsedOnce } from '../used-once.js';
import { acceptProof } from './accept-proof.js';
import { PAIRS, forge } from './forge.contract.js';
import { CLAIMS, NOW_SECONDS, REQUEST, good, other } from './proofs.contract.js';

const REPLAYED = { code: 'unauthenticated', message: 'the DPoP proof has been used before' };

function aServer() {
  const clock = new SetClock(REQUEST.now.toISOString());
  const usedOnce = new MemoryUsedOnce(clock);
  const accept = (proof: string, request: object = {}) =>
    acceptProof(usedOnce, proof, { ...REQUEST, now: clock.now(), ...request });
  return { clock, usedOnce, accept };
}

it('accepts a proof once', async () => {
  const { accept } = aServer();
  await expect(accept(good)).resolves.toMatchObject({ jti: CLAIMS.jti });
  await expect(accept(good)).rejects.toMatchObject(REPLAYED);
});

it('accepts no second proof with a used id, signed anew and at another time', async () => {
  const { accept } = aServer();
  await accept(good);
  await expect(accept(other({ iat: NOW_SECONDS + 1 }))).rejects.toMatchObject(REPLAYED);
});

it('refuses a proof from ahead as used until it is stale: there is no moment between', async () => {
  const { accept, clock } = aServer();
  const ahead = other({ iat: NOW_SECONDS + 60 });
  await accept(ahead);
  clock.pass(120_000);
  await expect(accept(ahead)).rejects.toMatchObject(REPLAYED);
  clock.pass(1);
  await expect(accept(ahead)).rejects.toThrow('the DPoP proof is too old: it was made 60 s ago');
});

it('keeps the ids of each key apart: nobody uses up those of another', async () => {
  const { accept } = aServer();
  await accept(good);
  await expect(accept(forge(PAIRS.stranger, {}, CLAIMS))).resolves.toMatchObject({ jti: CLAIMS.jti });
});

it('does not use up a proof that it refuses', async () => {
  const { accept, usedOnce } = aServer();
  await expect(accept(good, { method: 'GET' })).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(usedOnce.size).toBe(0);
  await expect(accept(good)).resolves.toBeDefined();
});

it('accepts nothing while it cannot be told what was used', async () => {
  class Away extends UsedOnce {
    override first(): Promise<boolean> {
      return Promise.reject(new MeshError('unavailable', 'away'));
    }
  }
  await expect(acceptProof(new Away(), good, REQUEST)).rejects.toMatchObject({ code: 'unavailable' });
});
