import { Random } from '#app/contracts/testing';
import type { TestGateway } from './gateway.harness.js';

/** A contact, and the current password of its login. */
interface Written {
  id: string;
  password: string | undefined;
}

type Deed = (contact: Written, author: HistoryAuthor) => Promise<void>;

const FIRST_NAMES = ['Ann', 'Bob', 'Cem', 'Dora', 'Émile', 'Фёдор'];
const LAST_NAMES = ['Lee', 'Nowak', 'Tanaka', 'Okafor', null];
const TAGS = ['sales', 'key account', 'purchasing', 'Warehouse', 'vip'];
const CITIES = ['Springfield', 'Zürich', null];
const COMPANIES = 8;
/** Few, so that they move between contacts. */
const SHARED_EMAILS = 25;

/**
 * Sends a gateway the requests of some contacts, logins and companies: names, emails that move between contacts, passwords, companies,
 * tags, removals and deletions. Requests run one after the other, so that a seed always makes the same history.
 */
export class HistoryAuthor {
  readonly contacts: Written[] = [];
  readonly random: Random;
  readonly companies: number[] = [];
  private words = 0;

  constructor(
    readonly gateway: TestGateway,
    seed: number,
  ) {
    this.random = new Random(seed);
  }

  async write(deeds: number): Promise<void> {
    for (let number = 0; number < COMPANIES; number++) await this.found();
    for (let done = 0; done < deeds; done++) {
      if (this.contacts.length < 5 || this.random.chance(0.06)) await this.create();
      else await this.oneOf(this.random.chance(0.04) ? RARE_DEEDS : DEEDS)(this.oneOf(this.contacts), this);
    }
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.random.below(items.length)]!;
  }

  company = (): number => this.oneOf(this.companies);

  /** Creates a company. */
  async found(): Promise<void> {
    this.companies.push(await this.gateway.createCompany(`Company ${this.word()}`));
  }

  /** Several contacts may share it, unless one of them has a login. */
  email(): string {
    const name = this.random.chance(0.6) ? `shared-${this.random.below(SHARED_EMAILS)}` : `person-${++this.words}`;
    return `${this.random.chance(0.2) ? name.toUpperCase() : name}@example.com`;
  }

  password = (): string => `fixture password ${++this.words}`;

  word = (): number => ++this.words;

  /** Sends a request that may be refused, for instance for a taken email or a company in use. @returns whether it was accepted */
  async isAccepted(method: string, path: string, body?: object): Promise<boolean> {
    const { status } = await this.gateway.call(method, path, body);
    if (status >= 500 || (status >= 400 && ![409, 422].includes(status))) throw new Error(`${method} ${path}: ${status}`);
    return status < 400;
  }

  private async create(): Promise<void> {
    const { id } = await this.gateway.createContact({
      first_name: this.oneOf(FIRST_NAMES),
      last_name: this.oneOf(LAST_NAMES),
      email: this.email(),
      company_id: this.company(),
    });
    this.contacts.push({ id, password: undefined });
  }
}

const update = ({ id }: Written, author: HistoryAuthor, patch: object): Promise<boolean> =>
  author.isAccepted('POST', `/contacts/${id}`, patch);

const rename: Deed = async (contact, author) => {
  await update(contact, author, { first_name: author.oneOf(FIRST_NAMES), last_name: author.oneOf(LAST_NAMES) });
};
const call: Deed = async (contact, author) => {
  await update(contact, author, { phone_1: `+1 555 ${1_000 + author.random.below(9_000)}` });
};
const move: Deed = async (contact, author) => {
  await update(contact, author, { email: author.email() });
};
const setPassword: Deed = async (contact, author) => {
  const [email, password] = [author.email(), author.password()];
  if (await update(contact, author, author.random.chance(0.3) ? { email, password } : { password })) contact.password = password;
};
const employ: Deed = async (contact, author) => {
  const ids = [...new Set([author.company(), author.company()])];
  await update(contact, author, { company_ids: ids, is_primary: author.random.chance(0.3) });
};
const tag: Deed = async (contact, author) => {
  await update(contact, author, { tags: TAGS.filter(() => author.random.chance(0.4)) });
};
const removeLogin: Deed = async (contact, author) => {
  await author.isAccepted('DELETE', `/contacts/${contact.id}/b2b-portal-password`);
  contact.password = undefined;
};
const remove: Deed = async (contact, author) => {
  await author.isAccepted('DELETE', `/contacts/${contact.id}`);
  author.contacts.splice(author.contacts.indexOf(contact), 1);
};
const renameCompany: Deed = async (_contact, author) => {
  await author.isAccepted('POST', `/companies/${author.company()}`, { name: `Company ${author.word()}` });
};
const moveCompany: Deed = async (_contact, author) => {
  const address = { address: `${author.word()} Main Street`, city: author.oneOf(CITIES) };
  await author.isAccepted('POST', `/companies/${author.company()}`, address);
};
const tagCompany: Deed = async (_contact, author) => {
  await author.isAccepted('PUT', `/companies/${author.company()}/tags`, { tags: TAGS.filter(() => author.random.chance(0.4)) });
};
/** A company that is the only one of some contact stays. */
const closeCompany: Deed = async (_contact, author) => {
  const id = author.company();
  if (!(await author.isAccepted('DELETE', `/companies/${id}`))) return;
  author.companies.splice(author.companies.indexOf(id), 1);
};
const foundCompany: Deed = (_contact, author) => author.found();

const times = (count: number, deed: Deed): Deed[] => Array.from({ length: count }, () => deed);
const DEEDS: readonly Deed[] = [
  ...times(5, rename),
  ...times(3, call),
  ...times(7, move),
  ...times(3, setPassword),
  ...times(3, employ),
  ...times(2, tag),
  removeLogin,
  remove,
  renameCompany,
  moveCompany,
  tagCompany,
];
/** Companies are few beside contacts. */
const RARE_DEEDS: readonly Deed[] = [closeCompany, closeCompany, closeCompany, foundCompany];
