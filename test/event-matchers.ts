import type { EventMatchers } from '#app/contracts/testing';

// Types of the matchers that `expect.extend(eventMatchers)` adds.
declare module 'expect' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- extends jest's own interface
  interface Matchers<R extends void | Promise<void>> extends EventMatchers<R> {}
}
