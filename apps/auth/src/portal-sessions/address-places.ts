import { TooManyAttempts } from './portal-session.errors.js';

/** How many sign-ins of one address may be under way in a process at once. */
export class AddressPlaces {
  private readonly held = new Map<string, number>();

  constructor(private readonly most: number) {}

  /** A refusal where the address holds all its places; undefined where one is free. */
  refusal(address: string): TooManyAttempts | undefined {
    return this.heldBy(address) >= this.most ? new TooManyAttempts(1, 'address') : undefined;
  }

  /** Does work in one of the address's places. */
  async run<T>(address: string, work: () => Promise<T>): Promise<T> {
    this.held.set(address, this.heldBy(address) + 1);
    try {
      return await work();
    } finally {
      const left = this.heldBy(address) - 1;
      if (left === 0) this.held.delete(address);
      else this.held.set(address, left);
    }
  }

  private heldBy(address: string): number {
    return this.held.get(address) ?? 0;
  }
}
