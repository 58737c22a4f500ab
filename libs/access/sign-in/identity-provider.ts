import type { Profile } from './profile.js';
import type { Proofs } from './sign-in-flow.js';

/** Port. One who vouches for people, spoken to by the authorization code flow. */
export abstract class IdentityProvider {
  /**
   * Where the browser is sent.
   *
   * @throws {MeshError} `unavailable` if the provider cannot be reached, or describes itself in a way we cannot use
   */
  abstract authorizationUrl(proofs: Proofs): Promise<URL>;

  /**
   * Who came back, proven. `answer` is the query that the browser came back with.
   *
   * @throws {MeshError} `unauthenticated` with the reason if anything does not match, `access_denied` if the provider or
   *   the person said no, `unavailable` if the provider cannot be reached, `internal` if it does not know this server
   */
  abstract profile(answer: URLSearchParams, proofs: Proofs): Promise<Profile>;
}
