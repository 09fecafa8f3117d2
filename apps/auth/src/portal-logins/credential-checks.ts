import { OPENINGS_AT_ONCE } from '#app/credentials';
import type { Credentials } from './credentials.js';
import type { LoginRecord } from './login-record.js';

/** Checks the credentials of a batch's records, each at most once: they are opened in memory, and stored sealed. */
export class CredentialChecks {
  private readonly defects = new Map<LoginRecord, Promise<unknown>>();

  constructor(private readonly credentials: Credentials) {}

  /**
   * @param storedOf the stored credential of a contact: it opened when it was stored, and is not opened again
   * @throws the first defect of a record's credential
   */
  async require(
    records: readonly LoginRecord[],
    storedOf: (contactId: number) => string | null | undefined = () => undefined,
  ): Promise<void> {
    for (let start = 0; start < records.length; start += OPENINGS_AT_ONCE) {
      const some = records.slice(start, start + OPENINGS_AT_ONCE);
      for (const record of some)
        if (!this.defects.has(record)) this.defects.set(record, this.defectOf(record, storedOf(record.contactId)));
      for (const record of some) {
        const defect = await this.defects.get(record);
        if (defect !== undefined) throw defect as Error;
      }
    }
  }

  private async defectOf(record: LoginRecord, stored: string | null | undefined): Promise<unknown> {
    if (record.kind === 'tombstone' || record.credential === null) return undefined;
    const { contactId, credential } = record;
    // Also a stored one needs its key here.
    if (credential === stored && this.credentials.haveKeyOf(credential)) return undefined;
    return this.credentials.open(contactId, credential).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
}
