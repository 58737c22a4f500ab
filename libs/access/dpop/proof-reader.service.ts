import { Injectable } from '@nestjs/common';
import { Clock } from '#contract';
import { UsedOnce } from '../used-once.js';
import { acceptProof } from './accept-proof.js';
import { verifyProof } from './verify-proof.js';
import type { Proof } from './verify-proof.js';

type Request = Readonly<{ method: string; url: string }>;

/** Reads proofs for the key that made them: where a token is asked for, and where a key is enrolled. */
@Injectable()
export class ProofReader {
  constructor(
    private readonly used: UsedOnce,
    private readonly clock: Clock,
  ) {}

  /** @throws {MeshError} `unauthenticated` with the reason, also for a proof that was seen before */
  read(proof: string, request: Request): Promise<Proof> {
    return acceptProof(this.used, proof, { ...request, now: this.clock.now() });
  }

  /**
   * The proof of a request that is signed in. One that came with a token of its key was accepted when the caller was
   * authenticated, and must not count as replayed now.
   *
   * @throws {MeshError} `unauthenticated` with the reason
   */
  async readAgain(proof: string, authorization: string | undefined, request: Request): Promise<Proof> {
    const [, accessToken] = /^dpop +(\S+)$/i.exec(authorization ?? '') ?? [];
    if (accessToken === undefined) return this.read(proof, request);
    return verifyProof(proof, { ...request, accessToken, now: this.clock.now() });
  }
}
