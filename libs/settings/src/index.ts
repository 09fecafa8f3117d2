export * from './invalid-settings.js';
export * from './kafka-connection.js';
export * from './parsers.js';
export * from './postgres-url.js';
export * from './settings-reader.js';
export * from './tracing-settings.js';
export * from './unknown-settings.js';
export * from './version.js';
