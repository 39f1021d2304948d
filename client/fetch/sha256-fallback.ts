/** SHA-256 without WebCrypto. A separate file, so that bundlers drop the rest of the package. */
export { sha256 } from '@noble/hashes/sha2.js';
