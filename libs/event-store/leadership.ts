import type { Stop } from '#contract';

/** Port. At most one process at a time does what must not be done twice; another takes over within the term. */
export abstract class Leadership {
  /**
   * Runs `lead` whenever this process holds the term named `name`, and calls the `Stop` it gave when the term is lost.
   * Leading is a courtesy, not a lock: whatever a leader writes is guarded besides.
   */
  abstract campaign(name: string, lead: () => Promise<Stop>): Promise<Stop>;
}
