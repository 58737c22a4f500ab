/** Device keys and DPoP proofs (RFC 9449). A door of its own: browsers run this, and `#contract` needs Node. */
export { exportDeviceKey, generateDeviceKey, importDeviceKey, thumbprintOf } from './device-key.js';
export type { DeviceKey, KeyOptions } from './device-key.js';
export { ALG_OF, privateJwkSchema, publicJwkSchema, thumbprintText } from './jwk.js';
export type { Curve, PrivateJwk, ProofAlg, PublicJwk } from './jwk.js';
export { proofUrl } from './proof-url.js';
export { PROOF_TYPE, newJti, signProof } from './sign-proof.js';
export type { ProvenRequest } from './sign-proof.js';
