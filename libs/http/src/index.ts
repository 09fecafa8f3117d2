export * from './api-error.js';
export * from './body.js';
export * from './error.filter.js';
export * from './http-app.js';
export * from './known-routes.js';
export * from './logging.js';
export * from './request-context.js';
