/** A token for a machine, without the token itself. */
export type MachineToken = Readonly<{
  id: string;
  name: string;
  roles: readonly string[];
  scope?: readonly string[];
  jkt?: string;
  createdAt: string;
  expiresAt: string;
  lastUsedAt?: string;
}>;
