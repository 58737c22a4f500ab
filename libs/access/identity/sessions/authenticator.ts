import type { Actor } from '#contract';

/** What came with a request. */
export type Presented = Readonly<{
  /** The `Authorization` header as sent. */
  authorization?: string | undefined;
  /** The `DPoP` header as sent. */
  proof?: string | undefined;
  method: string;
  /** As the caller sees it: scheme, host, path. */
  url: string;
  /** Of the caller's end of the connection. */
  address: string;
  /** Came over the Unix socket or in process: from the server's own user. Loopback is not local. */
  local: boolean;
}>;

/** What `verifyProof` compares a DPoP proof with (RFC 9449 §4.3). */
export type ExpectedProof = Readonly<{
  method: string;
  url: string;
  accessToken: string;
  expectedJkt: string;
}>;

/** @throws {MeshError} `unauthenticated` if the proof is not one of this request by the key that is expected */
export type VerifyProof = (proof: string, expected: ExpectedProof) => Promise<Readonly<{ jkt: string }>>;

/** Port. Who is it that knocks? */
export abstract class Authenticator {
  /**
   * @throws {MeshError} `unauthenticated` with the reason; `unavailable` if that cannot be found out now
   */
  abstract authenticate(presented: Presented): Promise<Actor>;
}
