/** The folder with `postgres` and `initdb` of at least version 15, fetched if need be; `say` hears of progress. */
export declare function postgresBinaries(say?: (line: string) => void): Promise<string>;
