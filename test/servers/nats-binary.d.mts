/** The path of a nats-server of at least 2.14.5, fetched if need be; `say` hears of progress. */
export declare function natsServerBinary(say?: (line: string) => void): Promise<string>;
