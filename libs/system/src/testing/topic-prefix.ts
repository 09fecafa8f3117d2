import { randomBytes } from 'node:crypto';

/** A prefix for topics that no other suite, in this run or another, has. */
export const uniqueTopicPrefix = (): string => `test-${randomBytes(6).toString('hex')}`;
