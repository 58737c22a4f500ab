import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Grant } from '#contract';
import { messageOf } from '#errors';
import type { Artifact, WorkerFact } from '#task';
import type { Outcome } from '../executor.js';
import { OutputLimit } from '../output/output-limit.js';
import { Archives } from './archives.js';
import { WorkspaceDiff } from './diff.js';
import { OUTPUT_LOG, keepLog } from './keep-log.js';
import { putFiles } from './left-files.js';
import { remove } from './remove.js';
import { Repositories } from './repositories.js';
import type { Transfer } from './transfer.js';

export type WorkspacesOptions = Readonly<{
  /** Where tasks get their folders, and what they work on is cached: no other worker's. @default a temporary folder */
  root?: string | undefined;
  /** Where tasks work that name no workspace. @default an empty folder each */
  shared?: string | undefined;
  /** Whether an agent's tasks leave a diff of their workspace. @default none do, unless they ask for it */
  leavesDiff?: ((agentId: string) => boolean) | undefined;
  /** Folders and files that no diff shows, although a workspace holds them. */
  hidden?: readonly string[] | undefined;
}>;

/** Where one attempt works, and where it leaves what is to be kept. */
export type Place = Readonly<{
  workspace: string;
  artifacts: string;
  /** Whether nothing is here of what earlier attempts did to the files. */
  isNew: boolean;
  /** Where its output goes, so that no log is filled by it; null where nothing puts out so much. */
  output: OutputLimit | null;
}>;

/** For who has no use for files. */
export const NOWHERE: Place = { workspace: '', artifacts: '', isNew: false, output: null };

/** One attempt, as its place knows it. */
export type Attempt = Readonly<{
  grant: Grant;
  signal: AbortSignal;
  /** Aborts when the attempt is no longer ours; after a timeout what was left until then is still kept. */
  lost: AbortSignal;
  transfer: Transfer;
  emit: (fact: WorkerFact) => Promise<void>;
}>;

const DIFF = 'workspace.diff';

/** Gives each attempt its place, keeps what it leaves there, and clears the place away. */
export class Workspaces {
  private places = '';
  private temporary: string | null = null;
  private repositories = new Repositories('');
  private archives = new Archives('');

  constructor(private readonly options: WorkspacesOptions = {}) {}

  /** Also clears away what a crash has left. */
  async open(): Promise<void> {
    if (this.options.root === undefined) this.temporary = await mkdtemp(join(tmpdir(), 'coderclaw-work-'));
    const root = this.options.root ?? this.temporary ?? '';
    this.places = join(root, 'tasks');
    this.repositories = new Repositories(join(root, 'cache', 'git'));
    this.archives = new Archives(join(root, 'cache', 'archives'));
    await remove(this.places);
    await mkdir(this.places, { recursive: true, mode: 0o700 });
  }

  async close(): Promise<void> {
    await remove(this.temporary ?? this.places);
  }

  /**
   * Does the work of an attempt in its place. The files it leaves are kept before its outcome names them.
   *
   * @throws {MeshError} `invalid_request` for a workspace that cannot be had; what the work throws
   */
  async use(attempt: Attempt, work: (place: Place) => Promise<Outcome>): Promise<Outcome> {
    const folder = join(this.places, `${attempt.grant.taskId}-${randomUUID().slice(0, 8)}`);
    try {
      const { place, diff } = await this.prepared(folder, attempt);
      const outcome = await work(place);
      return withArtifacts(outcome, await this.kept(place, diff, attempt));
    } finally {
      await remove(folder);
    }
  }

  private async prepared(folder: string, attempt: Attempt) {
    const { agentId, workspace } = attempt.grant;
    const artifacts = join(folder, 'artifacts');
    await mkdir(artifacts, { recursive: true, mode: 0o700 });
    const workspaceFolder = await this.filled(folder, attempt);
    const isNew = workspaceFolder !== this.options.shared;
    const { emit } = attempt;
    const output = new OutputLimit({ emit, path: join(folder, OUTPUT_LOG), name: OUTPUT_LOG });
    const place: Place = { artifacts, workspace: workspaceFolder, isNew, output };
    if (!(workspace?.diff ?? this.options.leavesDiff?.(agentId))) return { place, diff: null };
    const hidden = [this.places, ...(this.options.hidden ?? [])];
    const diff = new WorkspaceDiff(place.workspace, join(folder, 'diff'), { hidden, signal: attempt.lost });
    try {
      await diff.begin();
      return { place, diff };
    } catch (error) {
      if (workspace?.diff) throw error;
      await tellNotKept([noDiff(error)], attempt); // its agent would leave one: the work does not depend on it
      return { place, diff: null };
    }
  }

  /** The folder to work in, with what is to be worked on in it. */
  private async filled(folder: string, { grant, signal, transfer }: Attempt): Promise<string> {
    const { tenant, workspace: { archive, repository, ref } = {} } = grant;
    const named = archive ?? repository;
    if (named === undefined && this.options.shared !== undefined) return this.options.shared;
    const workspace = join(folder, 'workspace');
    await mkdir(workspace, { mode: 0o700 });
    if (archive !== undefined) await this.archives.unpack({ tenant, digest: archive }, workspace, transfer);
    else if (repository !== undefined)
      await this.repositories.checkOut({ repository, ref }, workspace, signal);
    return workspace;
  }

  private async kept(
    { artifacts: folder, output }: Place,
    diff: WorkspaceDiff | null,
    attempt: Attempt,
  ): Promise<readonly Artifact[]> {
    const { transfer } = attempt;
    const refused: string[] = [];
    if (diff)
      await writeDiff(diff, join(folder, DIFF)).catch((error: unknown) => refused.push(noDiff(error)));
    const files = await putFiles(folder, (name, file) => transfer.put(name, file));
    const log = await output?.end();
    const left = log ? await keepLog(log, files, transfer) : files;
    await tellNotKept([...refused, ...left.refused], attempt);
    return left.artifacts;
  }
}

/** In the place of what the agent may have left under that name: the diff is ours to tell. */
async function writeDiff(diff: WorkspaceDiff, path: string): Promise<void> {
  const content = await diff.end();
  await remove(path);
  if (content.length === 0) return;
  const file = await open(path, 'wx', 0o600);
  try {
    await writeFile(file, content);
  } finally {
    await file.close();
  }
}

async function tellNotKept(what: readonly string[], { emit }: Attempt): Promise<void> {
  const text = what.map((why) => `coderclaw: not kept as an artifact: ${why}\n`).join('');
  if (text !== '') await emit({ type: 'Output', data: { channel: 'stderr', text } });
}

const noDiff = (error: unknown): string => `"${DIFF}": ${messageOf(error)}`;

const withArtifacts = (outcome: Outcome, artifacts: readonly Artifact[]): Outcome =>
  artifacts.length === 0 ? outcome : ({ ...outcome, data: { ...outcome.data, artifacts } } as Outcome);
