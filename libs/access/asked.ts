import type { Actor } from '#contract';
import type { Asked } from '#policy';

type Who = Pick<Asked, 'userId' | 'userName' | 'roles' | 'scope' | 'trust'>;

/** What the actor, as the policy judges them, asks for. Key by key: this is done for every request. */
export const askedBy = (
  { id, userName, roles, scope, trust }: Actor,
  { permissions, agentId, skills, approves }: Omit<Asked, keyof Who>,
): Asked => ({ userId: id, userName, roles, scope, trust, permissions, agentId, skills, approves });
