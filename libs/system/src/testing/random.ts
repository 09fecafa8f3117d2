import { Random } from '#app/contracts/testing';

const WHOLE = 2 ** 32;

/** Random numbers that repeat for the same seed. */
export class SeededRandom extends Random {
  constructor(readonly seed: number) {
    super(seed);
  }

  /** From 0 to below 1. */
  fraction(): number {
    return this.below(WHOLE) / WHOLE;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** One of the values, by weight. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T {
    let left = this.fraction() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    return (choices.find(([, weight]) => (left -= weight) < 0) ?? choices.at(-1)!)[0];
  }

  /** A separate source, whose numbers do not depend on how many are drawn from this one. */
  branch(name: string): SeededRandom {
    let hash = this.seed ^ 0x9e3779b9;
    for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x85ebca6b);
    return new SeededRandom(hash);
  }
}
