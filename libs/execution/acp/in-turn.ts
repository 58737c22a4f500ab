/** Does one thing after the other, in the order they came. */
export class InTurn {
  private last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as the work does, which begins when all before it is done. */
  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.last.then(work);
    this.last = done.catch(() => {});
    return done;
  }

  /** Resolves when all that came so far is done. */
  async settled(): Promise<void> {
    await this.last;
  }
}
