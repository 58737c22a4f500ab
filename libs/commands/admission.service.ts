import { Injectable } from '@nestjs/common';
import { Policies } from '#access';
import { ArtifactStore } from '#artifacts';
import type { TaskSubmitRequest } from '#contract';
import { EventStore } from '#event-store';
import { Backlog } from './backlog.service.js';
import { WorkspaceCheck } from './workspace-check.js';

/** Lets tasks in that can have what they ask for, while there is room for them. */
@Injectable()
export class Admission {
  private readonly workspaces: WorkspaceCheck;

  constructor(
    private readonly store: EventStore,
    private readonly backlog: Backlog,
    policies: Policies,
    artifacts: ArtifactStore,
  ) {
    this.workspaces = new WorkspaceCheck(policies, artifacts);
  }

  /**
   * Lets one task in. A repeat takes no more room than there is, so it is let in to find its task.
   *
   * @param repeatedId the task that this may be a repeat of
   * @throws {MeshError} `rate_limited` if as many tasks wait as may; for a workspace that cannot be had, what
   *   `WorkspaceCheck` throws
   */
  async admit(tenant: string, request: TaskSubmitRequest, repeatedId: string | null): Promise<void> {
    await this.workspaces.check(tenant, request);
    try {
      await this.backlog.admit(tenant);
    } catch (refusal) {
      if (repeatedId === null || !(await this.store.load(repeatedId))) throw refusal;
    }
  }
}
