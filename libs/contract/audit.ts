/** `allowed` by policy and done, `denied` by policy, or allowed but `refused` by the state of the thing itself. */
export type AuditResult = 'allowed' | 'denied' | 'refused';

/** One decision: who asked for what, what was said, and why. Written with its effect, never after it. */
export type AuditEntry = Readonly<{
  /** UUID; the commit's id where the decision caused one. */
  id: string;
  tenant: string;
  at: string;
  actorKind: 'user' | 'worker' | 'system';
  userId: string;
  /** Who vouched for the user: an identity provider's issuer, `local`, or `token`. */
  issuer?: string | undefined;
  /** What a person would call the user; never a key to anything. */
  userName?: string | undefined;
  sessionId: string;
  deviceId?: string | undefined;
  /** The network address the request came from, where its transport knows one. */
  address?: string | undefined;
  trust: string;
  roles: readonly string[];
  /** e.g. `task.submit`. */
  action: string;
  resourceType: string;
  resourceId: string;
  result: AuditResult;
  reason: string;
  rule: string;
  /** SHA-256 of the policy that was asked, where there was one. */
  policyHash?: string | undefined;
  /** SHA-256 of the command's arguments, canonical JSON. */
  argumentsHash?: string | undefined;
  traceId?: string | undefined;
}>;

export type AuditQuery = Readonly<{
  userId?: string | undefined;
  sessionId?: string | undefined;
  deviceId?: string | undefined;
  action?: string | undefined;
  resourceType?: string | undefined;
  resourceId?: string | undefined;
  result?: AuditResult | undefined;
  from?: string | undefined;
  to?: string | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
}>;

/** What the audit trail can be exported as: one record a line in each. */
export const AUDIT_FORMATS = ['jsonl', 'ocsf', 'cloudevents', 'cef'] as const;

export type AuditFormat = (typeof AUDIT_FORMATS)[number];

/** The filters of `AuditQuery`, without pages: an export is read to its end. @default format jsonl */
export type AuditExport = Omit<AuditQuery, 'limit' | 'cursor'> &
  Readonly<{ format?: AuditFormat | undefined }>;

export type AuditPage = Readonly<{ entries: readonly AuditEntry[]; cursor?: string }>;
