/** The path of a bubblewrap of at least 0.8, fetched if need be; `say` hears of progress. */
export declare function bwrapBinary(say?: (line: string) => void): Promise<string>;
