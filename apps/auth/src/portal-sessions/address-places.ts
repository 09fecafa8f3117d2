import { TooManyAttempts } from './portal-session.errors.js';

/** Most sign-ins of one address that run in a process at once. */
export class AddressPlaces {
  private readonly held = new Map<string, number>();

  constructor(private readonly most: number) {}

  /** An error if all places of the address are in use; undefined if one is free. */
  errorFor(address: string): TooManyAttempts | undefined {
    return this.heldBy(address) >= this.most ? new TooManyAttempts(1) : undefined;
  }

  /** Runs work in one of the address's places. */
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
