/** A gate at which one caller waits until another has passed. */
export function gate() {
  const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isFree = true;
  return {
    reached: reached.promise,
    open: opened.resolve,
    /** The first caller waits; the others pass. */
    pass: async (): Promise<void> => {
      if (!isFree) return;
      isFree = false;
      reached.resolve();
      await opened.promise;
    },
  };
}
