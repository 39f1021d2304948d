/** SHA-256 without WebCrypto. A file of its own, so that bundlers drop what else the package has. */
export { sha256 } from '@noble/hashes/sha2.js';
