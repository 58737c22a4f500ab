import { UsedOnce } from '#access';

/** What was seen in one process of a test. */
export class Seen extends UsedOnce {
  readonly keys = new Map<string, Date>();

  override async first(kind: string, key: string, expiresAt: Date): Promise<boolean> {
    const name = `${kind} ${key}`;
    if (this.keys.has(name)) return false;
    this.keys.set(name, expiresAt);
    return true;
  }
}
