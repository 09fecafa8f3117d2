export { backOffMs, type BackOff } from './back-off.js';
export { withinDeadline } from './deadline.js';
export { shareRuns } from './share-runs.js';
export { Turns } from './turns.js';
export { RepeatedWork, type Work } from './repeated-work.js';
