/** Anything JSON can carry. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object; keys chosen by callers are only ever copied, never used to index into our own objects. */
export type JsonObject = { readonly [key: string]: JsonValue };
