import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import { UsedOnce } from '../used-once.js';
import { acceptProof } from './accept-proof.js';
import type { Proof } from './verify-proof.js';

/** Reads proofs that come without a token: where one is asked for, and where a key is enrolled. */
@Injectable()
export class ProofReader {
  constructor(
    private readonly used: UsedOnce,
    private readonly clock: Clock,
  ) {}

  /** @throws {MeshError} `unauthenticated` with the reason, also for a proof that was seen before */
  read(proof: string, request: Readonly<{ method: string; url: string }>): Promise<Proof> {
    return acceptProof(this.used, proof, { ...request, now: this.clock.now() });
  }
}
