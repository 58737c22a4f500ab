import type { Actor } from '#contract';

/** Port. Whose token is this? Adapters keep hashes, never tokens, and compare the hashes. */
export abstract class TokenDirectory {
  /**
   * The caller a token stands for; `null` for one that is unknown, expired or revoked.
   *
   * @throws {MeshError} `unavailable` if the directory cannot be read: a failure, never a refusal
   */
  abstract find(token: string): Promise<Actor | null>;
}
