import { Module } from '@nestjs/common';
import { AccessModule } from '#access';
import { Admission } from './admission.service.js';
import { Backlog } from './backlog.service.js';
import { CancelTaskHandler } from './cancel-task.handler.js';
import { DownloadArtifactHandler } from './download-artifact.query.js';
import { GrantLeaseHandler } from './grant-lease.handler.js';
import { LoseAttemptHandler } from './lose-attempt.handler.js';
import { PauseTaskHandler } from './pause-task.handler.js';
import { PutArtifactPieceHandler } from './put-artifact-piece.handler.js';
import { PutArtifactHandler } from './put-artifact.handler.js';
import { ReadArtifactPieceHandler } from './read-artifact-piece.query.js';
import { ReadRecordHandler } from './read-record.handler.js';
import { Repeats } from './repeats.service.js';
import { ReportWorkHandler } from './report-work.handler.js';
import { ResumeTaskHandler } from './resume-task.handler.js';
import { SubmitTaskHandler } from './submit-task.handler.js';
import { TimeOutTaskHandler } from './time-out-task.handler.js';
import { UseSkillHandler } from './use-skill.handler.js';
import { WithdrawTaskHandler } from './withdraw-task.handler.js';

@Module({
  imports: [AccessModule],
  providers: [
    Admission,
    Backlog,
    Repeats,
    SubmitTaskHandler,
    CancelTaskHandler,
    DownloadArtifactHandler,
    PutArtifactHandler,
    PutArtifactPieceHandler,
    ReadArtifactPieceHandler,
    PauseTaskHandler,
    ResumeTaskHandler,
    GrantLeaseHandler,
    LoseAttemptHandler,
    ReadRecordHandler,
    ReportWorkHandler,
    TimeOutTaskHandler,
    UseSkillHandler,
    WithdrawTaskHandler,
  ],
})
export class CommandsModule {}
