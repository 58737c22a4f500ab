/** Port. Remembers what may be seen once: a proof's `jti`, a job token's, a state, until it would be refused anyway. */
export abstract class UsedOnce {
  /**
   * True for the one caller, among all processes, who brings this key first; it is free again after `expiresAt`.
   *
   * @throws {MeshError} `unavailable` if nobody can tell now; then it must be treated as used
   */
  abstract first(kind: string, key: string, expiresAt: Date): Promise<boolean>;
}
