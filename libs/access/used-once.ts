/** Port. What may be seen once: proofs, job tokens, states. */
export abstract class UsedOnce {
  /**
   * True for the first caller with this `key` of this `kind`, false for every later one until `expiresAt`.
   *
   * @throws {MeshError} `unavailable` if that cannot be known: a failure, never a yes
   */
  abstract first(kind: string, key: string, expiresAt: Date): Promise<boolean>;
}
