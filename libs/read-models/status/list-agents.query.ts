import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import type { AgentInfo } from '#contract';
import { AgentRegistry } from '#registry';

/** The agents that a task may name. */
export class ListAgents extends GuardedQuery<readonly AgentInfo[]> {}

@GuardedQueryHandler(ListAgents, () => ({ permissions: [], action: 'agent.list' }))
export class ListAgentsHandler implements IQueryHandler<ListAgents> {
  constructor(private readonly agents: AgentRegistry) {}

  execute(): Promise<readonly AgentInfo[]> {
    return Promise.resolve(this.agents.list());
  }
}
