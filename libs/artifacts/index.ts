export { ArtifactRetention } from './artifact-retention.js';
export { ArtifactStore } from './artifact-store.js';
export type { OpenedArtifact, StoredArtifact } from './artifact-store.js';
export { ChunkedUploads } from './chunked-uploads.js';
export type { UploadProgress } from './chunked-uploads.js';
export { filesUnder } from './files-under.js';
export { FilesArtifactStore } from './files.artifact-store.js';
export { JetStreamArtifactStore } from './jetstream.artifact-store.js';
