import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '#app/contracts';
import { eventually } from '#app/system/testing';
import { must, type Check } from './check.js';
import { Portal } from './portal.js';
import { USERS, type SecuredSystem } from './secured-system.js';

type Environment = Record<string, string>;

/** Runs the tool, and returns its output. */
async function output(secured: SecuredSystem, args: string, more: Environment = {}): Promise<string> {
  const { code, out, err } = await secured.tool(args, more);
  must(code === 0, `${args} ended with ${code}: ${err || out}`);
  return out;
}

/** What writes the topic of logins runs as the user of the gateway. */
const asGateway = (secured: SecuredSystem): Environment => secured.kafka(USERS.gateway, 'scram6');

/** A record that the auth app cannot read, on the topic of logins. */
async function writePoison({ adminKafka }: SecuredSystem, key: string): Promise<void> {
  const producer = adminKafka.producer();
  await producer.connect();
  await producer.send({ topic: topicOf('portal-logins.v1'), acks: -1, messages: [{ key, value: 'not JSON', headers: {} }] });
  await producer.disconnect();
}

const waitingLetters = async (secured: SecuredSystem): Promise<{ place: string; reason: string }[]> =>
  (JSON.parse(await output(secured, 'dead-letters list --json')) as { letters: { place: string; reason: string }[] }).letters;

/** The events tool, as the operator: it reads, and runs with the app's database roles. */
export const TOOL_CHECKS: readonly Check[] = [
  {
    name: 'tail and show / print the events of a contact and its login',
    run: async (secured) => {
      const { id } = await new Portal(secured).contactWithLogin();
      const shown = await eventually(async () => {
        const lines = (await output(secured, `tail --contact ${id} --no-follow`)).trimEnd().split('\n');
        must(lines.length === 2, `${lines.length} lines`);
        return lines;
      });
      must(/PortalLoginChanged/.test(shown.join()), shown);
      must(/John/.test(await output(secured, `show ${id}`)), 'show does not show the contact.');
    },
  },
  {
    name: 'lag / sees outbox, partitions, dead letters and the auth app',
    run: async (secured) => {
      const lag = JSON.parse(await output(secured, 'lag --json')) as { partitions: unknown[]; auth: unknown };
      must(lag.partitions.length === 6 && lag.auth !== null, lag);
    },
  },
  {
    name: 'verify / finds the same everywhere',
    run: async (secured) => {
      const { differences } = JSON.parse(await output(secured, 'verify --json')) as { differences: unknown[] };
      must(differences.length === 0, differences);
    },
  },
  {
    name: 'refresh-quiet / publishes the last login of each quiet partition once, and the auth app takes it',
    run: async (secured) => {
      // Whatever came before is a second old by then.
      await sleep(2_000);
      const { quiet, published } = JSON.parse(await output(secured, 'refresh-quiet --since 1s --yes --json')) as {
        quiet: unknown[];
        published: number;
      };
      must(published > 0 && published === quiet.length, `${published} published of ${quiet.length}`);
      const { differences } = JSON.parse(await output(secured, 'verify --json')) as { differences: unknown[] };
      must(differences.length === 0, differences);
      await sleep(2_000);
      const again = JSON.parse(await output(secured, 'refresh-quiet --since 1s --yes --json')) as { published: number };
      must(again.published === 0, `${again.published} published again`);
      return `${published} partitions`;
    },
  },
  {
    name: 'dump / writes the rows of both databases without the email of a login',
    run: async (secured) => {
      const folder = `${secured.folder('tool')}/dump`;
      await output(secured, `dump --out ${folder}`);
      const text = ['gateway', 'auth'].map((name) => readFileSync(`${folder}/${name}.sql`, 'utf8')).join('');
      must(/insert into portal_login/.test(text) && !/John|eyJ/.test(text), 'It holds a name or a credential, or no login.');
    },
  },
  {
    name: 'record and replay --dry-run / read the topics and write none',
    run: async (secured) => {
      await output(secured, `record ${secured.folder('tool')}/events.jsonl --since 1h`);
      await output(secured, 'replay --topic logins --dry-run');
    },
  },
  {
    name: 'dead-letters list, show, redrive and discard / a letter of the auth app goes back by the user of the gateway, and ends discarded',
    run: async (secured) => {
      await writePoison(secured, '9100000000');
      const [letter] = await eventually(
        async () => {
          const letters = await waitingLetters(secured);
          must(letters.length === 1, `${letters.length} letters`);
          return letters;
        },
        { timeoutMs: 30_000, everyMs: 500 },
      );
      await output(secured, `dead-letters show ${letter!.place}`);
      const refused = await secured.tool(`dead-letters redrive ${letter!.place} --yes`);
      must(refused.code === 1, `The operator redrove it: ${refused.out}`);
      await output(secured, `dead-letters redrive ${letter!.place} --yes`, asGateway(secured));
      await eventually(
        async () => {
          must((await waitingLetters(secured)).length === 1, 'It did not come back.');
        },
        { timeoutMs: 30_000, everyMs: 500 },
      );
      await output(secured, 'dead-letters discard --all --yes');
      return `refused to the operator: ${refused.err.trim()}`;
    },
  },
  {
    name: 'rebuild auth --dry-run as the owner / makes the same logins from the topic',
    run: async (secured) => {
      const keys = { CREDENTIAL_PRIVATE_KEYS: JSON.stringify(secured.system.secrets.privateKeys) };
      const role = { AUTH_DATABASE_URL: secured.url('auth', 'owner') };
      await output(secured, 'rebuild auth --dry-run', { ...role, ...keys, ...secured.kafka(USERS.auth, 'plain') });
    },
  },
  {
    name: 'resync as the owner, while no gateway runs / publishes everything again, and verify finds the same',
    run: async (secured) => {
      const { gateways } = secured.system;
      await Promise.all(gateways.map(({ app }) => app.terminate()));
      const role = { GATEWAY_DATABASE_URL: secured.url('gateway', 'owner') };
      const { published } = JSON.parse(await output(secured, 'resync --yes --json', { ...role, ...asGateway(secured) })) as {
        published: { contacts: number };
      };
      await secured.system.startApps();
      await eventually(
        async () => {
          const { differences } = JSON.parse(await output(secured, 'verify --json')) as { differences: unknown[] };
          must(differences.length === 0, differences);
        },
        { timeoutMs: 60_000, everyMs: 1_000 },
      );
      return `${published.contacts} contacts`;
    },
  },
];
