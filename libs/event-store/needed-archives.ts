/** Port. Which uploaded archives are still to be worked on. */
export abstract class NeededArchives {
  /** Digests that tasks name as their workspace which are not over, of all tenants. @throws {MeshError} `unavailable` */
  abstract all(): Promise<ReadonlySet<string>>;
}
