import type { EventMatchers } from '#app/contracts/testing';

// What `expect.extend(eventMatchers)` adds.
declare module 'expect' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it is added to what jest declares
  interface Matchers<R extends void | Promise<void>> extends EventMatchers<R> {}
}
