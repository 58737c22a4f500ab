import { Module } from '@nestjs/common';
import { CancelTaskHandler } from './cancel-task.handler.js';
import { GrantLeaseHandler } from './grant-lease.handler.js';
import { LoseAttemptHandler } from './lose-attempt.handler.js';
import { PauseTaskHandler } from './pause-task.handler.js';
import { ReportWorkHandler } from './report-work.handler.js';
import { ResumeTaskHandler } from './resume-task.handler.js';
import { SubmitTaskHandler } from './submit-task.handler.js';
import { UseSkillHandler } from './use-skill.handler.js';

@Module({
  providers: [
    SubmitTaskHandler,
    CancelTaskHandler,
    PauseTaskHandler,
    ResumeTaskHandler,
    GrantLeaseHandler,
    LoseAttemptHandler,
    ReportWorkHandler,
    UseSkillHandler,
  ],
})
export class CommandsModule {}
