export * from './credential.errors.js';
export * from './credential.keys.js';
export * from './hash-queue.js';
export * from './password.js';
export * from './password-hash.js';
export * from './phc.js';
export * from './sealed-credential.js';
