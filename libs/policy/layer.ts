import type { PolicyDocument } from './security-schema.js';

/** Highest first. A lower layer only narrows what those above it leave. */
export const LAYERS = ['tenant', 'organization', 'repository'] as const;

export type LayerName = (typeof LAYERS)[number];

export type PolicyLayer = Readonly<{ name: LayerName; document: PolicyDocument }>;

/** The same layers, highest first. */
export const inOrder = (layers: readonly PolicyLayer[]): readonly PolicyLayer[] =>
  layers.toSorted((a, b) => LAYERS.indexOf(a.name) - LAYERS.indexOf(b.name));
