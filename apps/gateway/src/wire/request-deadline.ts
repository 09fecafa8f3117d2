import type { FastifyRequest } from 'fastify';
import { Deadline } from './deadline.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every request under the base path, when its head has arrived. */
    deadline?: Deadline;
  }
}

/** The deadline of a request whose body has arrived. */
export function runningDeadline(request: FastifyRequest): Deadline {
  const deadline = (request.deadline ??= new Deadline());
  deadline.resume();
  return deadline;
}
