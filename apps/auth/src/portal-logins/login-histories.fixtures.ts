import fc from 'fast-check';
import type { LoginStateRecord, LoginRecord } from './login-record.js';

export interface GatewayLogin {
  version: number;
  email: string | null;
  credential: string | null;
}

/** An action at the gateway. */
type Deed = { contactId: number } & ({ do: 'email'; email: string } | { do: 'password' } | { do: 'reseal' } | { do: 'remove' });

const CONTACTS = [1, 2, 3, 4];
const EMAILS = ['a@x.io', 'b@x.io', 'c@x.io'];

/** Actions on few contacts and fewer emails, so that they conflict. */
export const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.record({ contactId: fc.constantFrom(...CONTACTS) }).chain(({ contactId }) =>
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          contactId: fc.constant(contactId),
          do: fc.constant('email' as const),
          email: fc.constantFrom(...EMAILS),
        }),
      },
      { weight: 1, arbitrary: fc.constant({ contactId, do: 'password' as const }) },
      { weight: 1, arbitrary: fc.constant({ contactId, do: 'reseal' as const }) },
      { weight: 2, arbitrary: fc.constant({ contactId, do: 'remove' as const }) },
    ),
  ),
  { maxLength: 25 },
);

/** The gateway: refuses an email that another login has, and publishes everything else. */
export class GatewayModel {
  readonly logins = new Map<number, GatewayLogin>();
  readonly changes: LoginRecord[] = [];

  constructor(history: readonly Deed[]) {
    for (const deed of history) this.perform(deed);
  }

  private perform(deed: Deed): void {
    const login = this.logins.get(deed.contactId) ?? { version: 0, email: null, credential: null };
    if (deed.do === 'email') return this.claim(deed.contactId, login, deed.email);
    if (login.email === null) return;
    if (deed.do === 'remove') return this.remove(deed.contactId, login);
    const credential = `sealed ${deed.contactId} ${login.version + 1}`;
    this.tell(deed.contactId, { ...login, credential }, deed.do === 'password' ? ['password'] : []);
  }

  private claim(contactId: number, login: GatewayLogin, email: string): void {
    if ([...this.logins.values()].some((other) => other.email === email)) return;
    const credential = login.credential ?? `sealed ${contactId} ${login.version + 1}`;
    this.tell(contactId, { ...login, email, credential }, [login.email === null ? 'created' : 'email']);
  }

  private remove(contactId: number, login: GatewayLogin): void {
    this.tell(contactId, { ...login, email: null, credential: null }, ['removed']);
    const { version } = this.logins.get(contactId)!;
    this.changes.push({ kind: 'tombstone', eventId: '', contactId, version });
  }

  private tell(contactId: number, { version: former, email, credential }: GatewayLogin, changes: string[]): void {
    const version = former + 1;
    this.logins.set(contactId, { version, email, credential });
    this.changes.push(changed({ contactId, version, position: this.changes.length + 1, changes, email, credential }));
  }
}

/** A change as the consumer reads it from an event. */
export function changed(
  change: Pick<LoginStateRecord, 'contactId' | 'version' | 'position'> & Partial<LoginStateRecord>,
): LoginStateRecord {
  const email = change.email ?? null;
  return {
    kind: 'state',
    eventId: '',
    traceId: undefined,
    requestId: '',
    changes: [],
    removed: email === null,
    emailKey: email?.toLowerCase() ?? null,
    credential: null,
    isSalvaged: false,
    ...change,
    email,
  };
}

/** All ways to merge streams that keep the order within each. */
export function interleavings<T>(streams: readonly (readonly T[])[]): T[][] {
  const open = streams.filter((stream) => stream.length > 0);
  if (open.length === 0) return [[]];
  return open.flatMap((stream) =>
    interleavings(open.map((other) => (other === stream ? stream.slice(1) : other))).map((rest) => [stream[0]!, ...rest]),
  );
}
