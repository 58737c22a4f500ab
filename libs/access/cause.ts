import type { Actor, AuditEntry } from '#contract';
import { MeshError } from '#errors';
import type { Verdict } from '#policy';

/** Why a command runs: who asked, what was judged, and the record to be written in the same commit as its effect. */
export type Cause = Readonly<{
  actor: Actor;
  verdict: Verdict;
  /** ISO 8601; the time of every event the command causes. */
  at: string;
  /** UUID of the commit, if there will be one, and of its audit record. */
  commitId: string;
  /** What was judged to be answered, by `questionOf`: an answer to anything else was not. */
  question?: string | undefined;
  /** Absent for what the audit does not keep (reports and beats of workers, grants), and for what is recorded already. */
  audit?: AuditEntry | undefined;
}>;

/** What a query may see: rows of this tenant, and of one session unless it oversees them all. */
export type Scope = Readonly<{ tenant: string; actor: Actor; sessionId?: string | undefined }>;

/** A request that did not pass the gate has neither cause nor scope. A defect, never a user's fault. */
export const ungated = (name: string) =>
  new MeshError('internal', `${name} was handled without passing the gate`);
