/** How many tasks are remembered: at 1,000 tasks/s, far longer than a grant is under way. */
const REMEMBERED = 20_000;

/** The newest epoch seen of each recent task: a grant that arrives again, or late, must not run again. */
export class RecentEpochs {
  private readonly epochs = new Map<string, number>();

  knows(taskId: string, epoch: number): boolean {
    return epoch <= (this.epochs.get(taskId) ?? 0);
  }

  remember(taskId: string, epoch: number): void {
    if (this.knows(taskId, epoch)) return;
    this.epochs.delete(taskId);
    this.epochs.set(taskId, epoch);
    if (this.epochs.size <= REMEMBERED) return;
    for (const [oldest] of this.epochs) {
      this.epochs.delete(oldest);
      return;
    }
  }
}
