import type { SecuredSystem } from './secured-system.js';

/** Parts of the run, in their order. */
export const PARTS = ['sign-ins', 'delivery', 'tools', 'rights', 'renewal', 'postgres', 'kafka', 'compose', 'faults'] as const;
export type Part = (typeof PARTS)[number];

/** One thing that has to hold on the secured servers. */
export interface Check {
  /** What is done, and what comes of it. */
  name: string;
  /** Throws where it does not hold. @returns a remark for the table */
  run: (secured: SecuredSystem) => Promise<string | void>;
}

/** A check cannot be done on this machine. */
export class NotTried extends Error {
  override readonly name = 'NotTried';
}

/** @throws {Error} with what was seen, where the condition does not hold */
export function must(holds: boolean, seen: unknown): asserts holds {
  if (!holds) throw new Error(typeof seen === 'string' ? seen : JSON.stringify(seen));
}

/** The message of the error that the work has to throw. @throws {Error} where it succeeds */
async function refusalOf(work: () => Promise<unknown>): Promise<string> {
  let answer: unknown;
  try {
    answer = await work();
  } catch (error) {
    const { message, code, type } = error as Error & { code?: string; type?: string };
    return [message, code, type].filter(Boolean).join(' ');
  }
  throw new Error(`It was not refused: ${JSON.stringify(answer)?.slice(0, 200)}`);
}

/** @throws {Error} where the work succeeds, or is refused with another message */
export async function mustRefuse(work: () => Promise<unknown>, message: RegExp): Promise<string> {
  const refusal = await refusalOf(work);
  must(message.test(refusal), `Refused otherwise: ${refusal}`);
  return refusal;
}
