export * from './batch-spans.js';
export * from './traceparent.js';
export * from './tracing.js';
