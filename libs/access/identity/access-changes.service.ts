import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Bus, subjects } from '#contract';
import type { Stop } from '#contract';

const ids = z.array(z.string()).readonly().optional();
const changeSchema = z.object({ sessions: ids, users: ids, devices: ids, policies: ids });
const messageSchema = z.object({ from: z.string(), change: changeSchema });

/** Whose access is not what it was: ids of sessions, users and devices, and tenants whose policy changed. */
export type AccessChange = Readonly<z.output<typeof changeSchema>>;

type Listener = (change: AccessChange) => void;

/**
 * Tells this process at once, and the others as fast as the broker, that what they remember of somebody's access is
 * old. A hint: whoever remembers anything also looks again within a second.
 */
@Injectable()
export class AccessChanges implements OnModuleInit, OnModuleDestroy {
  private readonly id = crypto.randomUUID();
  private readonly listeners = new Set<Listener>();
  private stop: Stop | undefined;

  constructor(private readonly bus: Bus) {}

  async onModuleInit(): Promise<void> {
    this.stop ??= await this.bus.subscribe(subjects.accessChanged, (payload) => this.hear(payload));
  }

  async onModuleDestroy(): Promise<void> {
    await this.stop?.();
    this.listeners.clear();
  }

  /** To be called after the change is committed, or somebody may read the old state again. */
  tell(change: AccessChange): void {
    this.call(change);
    this.bus.publish(subjects.accessChanged, { from: this.id, change });
  }

  /** @returns what ends the listening */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private hear(payload: unknown): void {
    const message = messageSchema.safeParse(payload);
    if (message.success && message.data.from !== this.id) this.call(message.data.change);
  }

  private call(change: AccessChange): void {
    for (const listener of this.listeners) listener(change);
  }
}
