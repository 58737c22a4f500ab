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
    return { ...this.ofBrowser(request), key };
  }

  /** The same for a caller who is signed in. */
  async ofCaller(request: FastifyRequest): Promise<Origin> {
    const { authorization, proof, method, url } = presentedBy(request, this.options);
    const read = proof && (await this.proofs.readAgain(proof, authorization, { method, url }));
    return { ...this.ofBrowser(request), key: read ? read.jkt : undefined };
  }

  /** The same for a browser, which signs nothing. */
  ofBrowser(request: FastifyRequest): Origin {
    const { address } = presentedBy(request, this.options);
    return { address, traceId: traceIdOf(request.headers['traceparent']) };
  }
}
