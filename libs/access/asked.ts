import type { Actor } from '#contract';
import type { Asked } from '#policy';

/** The actor as the policy judges them. */
export const askedBy = ({
  id,
  userName,
  roles,
  scope,
  trust,
}: Actor): Pick<Asked, 'userId' | 'userName' | 'roles' | 'scope' | 'trust'> => ({
  userId: id,
  userName,
  roles,
  scope,
  trust,
});
