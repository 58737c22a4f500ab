import type { Profile } from './profile.js';
import type { Proofs } from './sign-in-flow.js';

/** Port. One who vouches for people, spoken to by the authorization code flow. */
export abstract class IdentityProvider {
  /** Where the browser is sent. @throws {MeshError} `unavailable` if the provider cannot be reached */
  abstract authorizationUrl(proofs: Proofs): Promise<URL>;

  /**
   * Who came back, proven. `callback` is the address the browser came back to, with its query.
   *
   * @throws {MeshError} `unauthenticated` with the reason if anything does not match, `access_denied` if the provider or
   *   the person said no, `unavailable` if the provider cannot be reached
   */
  abstract profile(callback: URL, proofs: Proofs): Promise<Profile>;
}
