import type { AuditLogEntry, AuditLogFilter, DeviceInfo, RepoPolicy } from './types.js';

/** Port. Where a `SecurityService` keeps what it knows. */
export interface SecurityStorage {
  /** Adds a record; it is never changed or removed. */
  appendAudit(entry: AuditLogEntry): Promise<void>;

  /** The records that match, oldest first; with a limit, the newest so many. */
  listAudit(filter: AuditLogFilter): Promise<readonly AuditLogEntry[]>;

  /** The policy of a repository; `null` if none was set. */
  loadPolicy(repoPath: string): Promise<RepoPolicy | null>;

  /** Sets the policy of `policy.repoPath`, in place of any before. */
  savePolicy(policy: RepoPolicy): Promise<void>;

  /** A device; `null` if it is not known. */
  loadDevice(deviceId: string): Promise<DeviceInfo | null>;

  saveDevice(device: DeviceInfo): Promise<void>;
}

/** The fields of a filter that a record must have as they are given. */
const EXACT = ['userId', 'sessionId', 'deviceId', 'action', 'resourceType', 'resourceId', 'result'] as const;

const matches = (entry: AuditLogEntry, filter: AuditLogFilter): boolean =>
  EXACT.every((field) => filter[field] === undefined || filter[field] === entry[field]) &&
  (filter.startDate === undefined || entry.timestamp >= filter.startDate) &&
  (filter.endDate === undefined || entry.timestamp <= filter.endDate);

/** Keeps everything for as long as the process lives. What is handed out is a copy: records cannot be changed by it. */
export class MemorySecurityStorage implements SecurityStorage {
  private readonly entries: AuditLogEntry[] = [];
  private readonly policies = new Map<string, RepoPolicy>();
  private readonly devices = new Map<string, DeviceInfo>();

  async appendAudit(entry: AuditLogEntry): Promise<void> {
    this.entries.push(structuredClone(entry));
  }

  async listAudit(filter: AuditLogFilter): Promise<readonly AuditLogEntry[]> {
    const found = this.entries.filter((entry) => matches(entry, filter));
    const { limit = found.length } = filter;
    return structuredClone(limit <= 0 ? [] : found.slice(-limit));
  }

  async loadPolicy(repoPath: string): Promise<RepoPolicy | null> {
    return structuredClone(this.policies.get(repoPath) ?? null);
  }

  async savePolicy(policy: RepoPolicy): Promise<void> {
    this.policies.set(policy.repoPath, structuredClone(policy));
  }

  async loadDevice(deviceId: string): Promise<DeviceInfo | null> {
    return structuredClone(this.devices.get(deviceId) ?? null);
  }

  async saveDevice(device: DeviceInfo): Promise<void> {
    this.devices.set(device.id, structuredClone(device));
  }
}
