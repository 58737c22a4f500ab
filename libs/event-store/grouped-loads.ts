import { isUuid } from './append-batch.js';
import { GroupCommit } from './group-commit.js';

type Load<Value> = Readonly<{
  taskId: string;
  found: (value: Value | null) => void;
  failed: (error: unknown) => void;
}>;

/** Makes one query of the loads that wait together. */
export class GroupedLoads<Value> {
  private readonly group: GroupCommit<Load<Value>>;

  constructor(
    lanes: number,
    private readonly fetch: (taskIds: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  ) {
    const traits = { keyOf: () => null, bytesOf: () => 0 };
    this.group = new GroupCommit<Load<Value>>({ lanes }, traits, (batch) => this.settle(batch));
  }

  /** @returns `null` for what is not there, and for what is no id at all */
  async load(taskId: string): Promise<Value | null> {
    if (!isUuid(taskId)) return null;
    return new Promise((found, failed) => this.group.add({ taskId, found, failed }));
  }

  private async settle(batch: readonly Load<Value>[]): Promise<void> {
    try {
      const values = await this.fetch([...new Set(batch.map(({ taskId }) => taskId))]);
      for (const { taskId, found } of batch) found(values.get(taskId) ?? null);
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  }
}
