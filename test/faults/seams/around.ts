type Method<Args extends unknown[], Result> = (...args: Args) => Result;

/**
 * Puts something around a method of a class: ES modules are loaded once, so all of the process uses the same prototype.
 * @param wrap is given the method itself, which without arguments takes those of the call, then these arguments, then `this`
 * @returns puts things back
 */
export function around<Host extends object, Name extends keyof Host>(
  host: Host,
  name: Name,
  wrap: Host[Name] extends Method<infer Args, infer Result>
    ? (proceed: (...args: Args | []) => Result, args: Args, self: Host) => Result
    : never,
): () => void {
  const original = host[name] as Method<unknown[], unknown>;
  const patched = function (this: Host, ...args: unknown[]): unknown {
    const proceed = (...others: unknown[]): unknown => original.apply(this, others.length > 0 ? others : args);
    return (wrap as unknown as (proceed: unknown, args: unknown[], self: Host) => unknown)(proceed, args, this);
  };
  host[name] = patched as Host[Name];
  return () => void (host[name] = original as Host[Name]);
}

/** Joins several undo functions into one. */
export const together =
  (...undoes: (() => void)[]) =>
  (): void =>
    undoes.forEach((undo) => undo());
