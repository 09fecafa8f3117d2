export * from './contact.builders.js';
export type { CompanyFields, ContactFields, TagFields } from './contact.fields.js';
export * from './event.matchers.js';
export * from './given.js';
export * from './history.js';
export * from './portal-login.builders.js';
export * from './random.js';
export * from './recorded-file.js';
export * from './variations.js';
