import { loginEmailKey } from '#app/contracts';
import type { ContactPatch } from '../contact.patch.js';

interface Job {
  contactId: number;
  patch: ContactPatch;
}

/**
 * Orders the updates of one transaction into rounds that are each written before the next is judged.
 * Updates of one contact, and claims on one email, come in different rounds in the order in which they came: each makes its
 * own version, and the later one is judged by what the earlier one left.
 */
export function roundsOf<J extends Job>(jobs: readonly J[]): J[][] {
  const rounds: J[][] = [];
  const lastRound = new Map<string, number>();
  for (const job of jobs) {
    const claims = [`contact ${job.contactId}`, ...(job.patch.email == null ? [] : [`email ${loginEmailKey(job.patch.email)}`])];
    const round = Math.max(0, ...claims.map((claim) => (lastRound.get(claim) ?? -1) + 1));
    for (const claim of claims) lastRound.set(claim, round);
    (rounds[round] ??= []).push(job);
  }
  return rounds;
}
