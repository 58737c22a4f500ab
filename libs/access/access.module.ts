import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Gate } from './gate.service.js';
import { Judge } from './judge.service.js';
import { CheckPolicyHandler } from './policies/check-policy.query.js';
import { GetPolicyHandler } from './policies/get-policy.query.js';
import { SetPolicyHandler } from './policies/set-policy.handler.js';
import { TaskRights } from './rights/task-rights.service.js';

@Module({
  imports: [CqrsModule.forRoot()],
  providers: [Gate, Judge, TaskRights, GetPolicyHandler, SetPolicyHandler, CheckPolicyHandler],
  exports: [Gate, TaskRights],
})
export class AccessModule {}
