import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProofReader, traceIdOf } from '#access';
import type { Origin } from '#access';
import { HttpServerOptions } from '../http-options.js';
import { presentedBy } from '../signed-in.guard.js';

/** Where sign-ins come from, and by which key: tokens are bound to the key whose proof comes with the request. */
@Injectable()
export class Origins {
  constructor(
    private readonly proofs: ProofReader,
    private readonly options: HttpServerOptions,
  ) {}

  /** @throws {MeshError} `unauthenticated` for a proof that proves nothing */
  async of(request: FastifyRequest): Promise<Origin> {
    const { proof, method, url } = presentedBy(request, this.options);
    const key = proof === undefined ? undefined : (await this.proofs.read(proof, { method, url })).jkt;
    return { ...this.ofCaller(request), key };
  }

  /** Of a request whose proof, if it has one, was read when its caller was signed in. */
  ofCaller(request: FastifyRequest): Origin {
    const { address } = presentedBy(request, this.options);
    return { address, traceId: traceIdOf(request.headers['traceparent']) };
  }

  /** Of a request that is signed in, with the key that signed it besides. */
  async withKey(request: FastifyRequest): Promise<Origin> {
    const { authorization, proof, method, url } = presentedBy(request, this.options);
    const read = proof && (await this.proofs.readAgain(proof, authorization, { method, url }));
    return { ...this.ofCaller(request), key: read ? read.jkt : undefined };
  }
}
