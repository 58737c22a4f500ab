import { Branch } from './branch.js';
import type { Tenants } from './tenants.js';
import type { Lane } from './waiting.js';

/** What a worker can run. Workers that can run the same are one profile. */
export type Abilities = Readonly<{ agents: readonly string[]; labels: readonly string[] }>;

/** Two of one name can run the same. */
export const profileIdOf = ({ agents, labels }: Abilities): string =>
  JSON.stringify([agents.toSorted(), labels.toSorted()]);

/**
 * All lanes that workers of one kind can run, as a tree: tenant, agent, session, lane. Each level is left out as a whole
 * while its quota is full, and what these workers cannot run is not in it: so nothing blocks anything behind it.
 */
export class Profile {
  readonly root = new Branch('', null);
  /** How much its workers can do: of two kinds of workers, the one that can do less takes what both can. */
  readonly breadth: number;
  private readonly agents: ReadonlySet<string>;
  private readonly labels: ReadonlySet<string>;

  constructor(
    { agents, labels }: Abilities,
    private readonly tenants: Tenants,
  ) {
    this.agents = new Set(agents);
    this.labels = new Set(labels);
    this.breadth = this.agents.size + this.labels.size;
  }

  /** Takes a lane in, if the workers can run it. */
  join(lane: Lane): void {
    if (lane.leaves.has(this) || !this.canRun(lane)) return;
    const { session } = lane;
    const { tenant } = session;
    const leaf = this.root
      .child(tenant.id, { quota: tenant.quota })
      .child(lane.agentId, { quota: this.tenants.agent(tenant, lane.agentId) })
      .child(session.id, { quota: session.quota, session })
      .child(lane.id, { lane });
    lane.leaves.set(this, leaf);
    leaf.refresh();
  }

  /** Lets a lane go that has nothing to begin, or whose workers are gone. */
  part(lane: Lane): void {
    lane.leaves.get(this)?.leave();
    lane.leaves.delete(this);
  }

  private canRun({ agentId, requires }: Lane): boolean {
    return this.agents.has(agentId) && requires.every((label) => this.labels.has(label));
  }
}
