import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Gate } from './gate.service.js';
import { Judge } from './judge.service.js';
import { TaskRights } from './rights/task-rights.service.js';

@Module({ imports: [CqrsModule.forRoot()], providers: [Gate, Judge, TaskRights], exports: [Gate, TaskRights] })
export class AccessModule {}
