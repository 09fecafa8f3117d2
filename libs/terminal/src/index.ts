export * from './app-task.js';
export * from './counted.js';
export * from './env.js';
export * from './printable.js';
export * from './progress-bar.js';
export * from './set-up-program.js';
export * from './table.js';
export * from './whole-number.js';
