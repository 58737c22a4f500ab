import { Policies } from '#access';
import { ArtifactStore } from '#artifacts';
import type { TaskSubmitRequest } from '#contract';
import { MeshError } from '#errors';
import { repositoryRefusal } from '#policy';

/** Looks whether a task can have the workspace it asks for, before anybody waits for it. */
export class WorkspaceCheck {
  constructor(
    private readonly policies: Policies,
    private readonly artifacts: ArtifactStore,
  ) {}

  /** @throws {MeshError} `invalid_request` naming the field; `access_denied` for a repository the policy does not allow */
  async check(tenant: string, { workspace }: TaskSubmitRequest): Promise<void> {
    const { archive, repository } = workspace ?? {};
    if (repository !== undefined) await this.checkRepository(tenant, repository);
    if (archive === undefined || (await this.artifacts.use(tenant, archive)) !== null) return;
    throw new MeshError('invalid_request', `workspace.archive: there is no artifact ${archive}`, {
      field: 'workspace.archive',
      hint: 'put it with POST /v1/artifacts first, or again: what no task uses is not kept for ever',
    });
  }

  private async checkRepository(tenant: string, repository: string): Promise<void> {
    const why = repositoryRefusal(await this.policies.of(tenant), repository);
    if (why === null) return;
    const code = why.startsWith('must ') ? 'invalid_request' : 'access_denied';
    throw new MeshError(code, `workspace.repository: ${why}`, { field: 'workspace.repository' });
  }
}
