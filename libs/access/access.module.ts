import { Module } from '@nestjs/common';
import type { Provider } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Gate } from './gate.service.js';
import { Judge } from './judge.service.js';
import { CheckPolicyHandler } from './policies/check-policy.query.js';
import { GetMeHandler } from './policies/get-me.query.js';
import { GetPolicyHandler } from './policies/get-policy.query.js';
import { SetPolicyHandler } from './policies/set-policy.handler.js';
import { Approvals } from './rights/approvals.service.js';
import { TaskRights } from './rights/task-rights.service.js';

const SERVICES: readonly Provider[] = [Gate, Judge, Approvals, TaskRights];

/**
 * The one door, and what is judged there. Who composes it provides, globally: `Clock`, `EventStore`, `AgentRegistry`,
 * and the ports `Policies`, `WaysIn`, `Belongings` and `Subjects`.
 */
@Module({
  imports: [CqrsModule.forRoot()],
  providers: [...SERVICES, GetMeHandler, GetPolicyHandler, SetPolicyHandler, CheckPolicyHandler],
  exports: [...SERVICES],
})
export class AccessModule {}
