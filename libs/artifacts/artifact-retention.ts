/** For how long what nobody uses is kept. */
export abstract class ArtifactRetention {
  /** 0: for ever. */
  abstract readonly days: number;
}
