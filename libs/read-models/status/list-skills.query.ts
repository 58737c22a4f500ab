import { GuardedQuery, GuardedQueryHandler } from '#access';
import type { IQueryHandler } from '#access';
import type { SkillInfo } from '#contract';
import { AgentRegistry } from '#registry';

/** The skills that are installed. */
export class ListSkills extends GuardedQuery<readonly SkillInfo[]> {}

@GuardedQueryHandler(ListSkills, () => ({ permissions: [], action: 'skill.list' }))
export class ListSkillsHandler implements IQueryHandler<ListSkills> {
  constructor(private readonly agents: AgentRegistry) {}

  execute(): Promise<readonly SkillInfo[]> {
    return Promise.resolve(this.agents.listSkills());
  }
}
