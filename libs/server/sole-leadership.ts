import type { Stop } from '#contract';
import { Leadership } from '#event-store';

/** Leads at once and for good: the data folder's lock already keeps every other process out. */
export class SoleLeadership extends Leadership {
  override async campaign(_name: string, lead: () => Promise<Stop>): Promise<Stop> {
    return lead();
  }
}
