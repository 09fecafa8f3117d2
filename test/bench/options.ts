import { Command, Option } from 'commander';
import { wholeNumber } from '#app/terminal';
import { CHANGES, CONTACTS } from './changes.js';
import type { CostlyListsOptions } from './costly-lists/measure-costly-lists.js';

const UPDATES = { rounds: 5, seconds: 6, logins: 200 } as const;
const MOST = 10_000;
const MOST_CONTACTS = 10_000_000;

export interface RoundOptions {
  rounds: number;
  seconds: number;
  /** Number of changes of logins, or of failed sign-ins, that are measured. */
  logins: number;
  /** Folder that the apps write CPU profiles into. */
  profile?: string;
  /** Whether both apps send traces. */
  traces?: boolean;
  /** What the gateway's updates change. */
  change?: string;
  /** Contacts of the gateway; any of them is updated. */
  contacts?: number;
  /** Fails where the CPU multiple is above the committed one. */
  check?: boolean;
}

/** What each subject of `npm run bench` measures. */
export interface Subjects {
  updates: (options: RoundOptions) => Promise<void>;
  floods: (options: RoundOptions) => Promise<void>;
  lists: (options: { contacts: number }) => Promise<void>;
  costlyLists: (options: CostlyListsOptions & { check?: boolean }) => Promise<void>;
  export: (options: { contacts: number; seconds: number }) => Promise<void>;
  rebuild: (options: { logins: number }) => Promise<void>;
  drain: (options: { rows: number }) => Promise<void>;
  writes: (options: { rounds: number; seconds: number }) => Promise<void>;
  replicas: (options: { rounds: number; seconds: number }) => Promise<void>;
  indexes: (options: { rounds: number }) => Promise<void>;
  replay: (options: { logins: number; rounds: number }) => Promise<void>;
  latency: (options: { seconds: number; perSecond: number; eventsPerSecond: number; profile?: string }) => Promise<void>;
  capacity: (options: { seconds: number; contacts: number }) => Promise<void>;
}

/** The command line `npm run bench`. */
export function benchCommand(subjects: Subjects): Command {
  const program = new Command('npm run bench --')
    .addHelpText('after', '\nStarts PostgreSQL, Kafka and the apps in a temporary folder, and removes it.')
    .hook('preSubcommand', refuseUnknownSubject);
  withRounds(program.command('updates', { isDefault: true }))
    .option('--profile <folder>', "writes CPU profiles of both apps' whole lives into the folder")
    .addOption(new Option('--change <kind>', "what the gateway's updates change").choices(Object.keys(CHANGES)).default('names'))
    .option(
      '--contacts <n>',
      'how many the gateway has: a million take some minutes',
      wholeNumber(CONTACTS, MOST_CONTACTS),
      CONTACTS,
    )
    .option('--traces', 'both apps trace every request, and send the spans to a collector')
    .option('--check', 'fails where the CPU is 15 % above the committed multiple of the bare handler')
    .description("updates a second against a bare handler, and the time from an update's answer to the login")
    .action(subjects.updates);
  program
    .command('lists')
    .description('lists and an update with 10,000 contacts, and then with many, which takes some minutes')
    .option('--contacts <n>', 'how many in the end', wholeNumber(1, 10_000_000), 1_000_000)
    .action(subjects.lists);
  program
    .command('costly-lists')
    .description('updates of one token while another has twenty costly lists at a time, and readiness meanwhile')
    .option('--contacts <n>', 'how many', wholeNumber(20_000, MOST_CONTACTS), 300_000)
    .option('--seconds <n>', 'length of a round of updates', wholeNumber(1, MOST), 20)
    .option('--lists <n>', 'lists at a time', wholeNumber(1, 1_000), 20)
    .option('--check', 'fails where the p99 is above twice that without lists, or readiness fails')
    .action(subjects.costlyLists);
  withRounds(program.command('floods'))
    .description('updates while passwords to set and sign-ins flood in, and the time of failed sign-ins with and without a login')
    .action(subjects.floods);
  program
    .command('export')
    .description('exports of 10,000 contacts and of many, and updates at half their maximum beside exports; takes some minutes')
    .option('--contacts <n>', 'how many in the end', wholeNumber(20_000, 10_000_000), 1_000_000)
    .option('--seconds <n>', 'length of a round of updates', wholeNumber(1, MOST), 20)
    .action(subjects.export);
  program
    .command('rebuild')
    .description("a rebuild of logins in the auth app's database, while somebody signs in")
    .option('--logins <n>', 'how many', wholeNumber(1, 1_000_000), 100_000)
    .action(subjects.rebuild);
  program
    .command('drain')
    .description("a full outbox that a relay publishes, beside kafkajs' own send of as many rows")
    .option('--rows <n>', 'how many', wholeNumber(50_000, 5_000_000), 400_000)
    .action(subjects.drain);
  program
    .command('writes')
    .description('batches beside single updates, creations in many companies and in one, upserts and deletions')
    .option('--rounds <n>', 'rounds of each kind', wholeNumber(1, MOST), UPDATES.rounds)
    .option('--seconds <n>', 'length of a round', wholeNumber(1, MOST), 3)
    .action(subjects.writes);
  program
    .command('replicas')
    .description('updates by one gateway, and by two with half of the connections each; and waits for locks')
    .option('--rounds <n>', 'rounds of each kind', wholeNumber(1, MOST), UPDATES.rounds)
    .option('--seconds <n>', 'length of a round', wholeNumber(1, MOST), 4)
    .action(subjects.replicas);
  program
    .command('indexes')
    .description('what each index of contacts costs PostgreSQL in an update of a name and a phone')
    .option('--rounds <n>', 'rounds of each', wholeNumber(1, MOST), 3)
    .action(subjects.indexes);
  program
    .command('replay')
    .description('the auth app reads a topic of logins that it does not know, and then the same topic once more')
    .option('--logins <n>', 'how many', wholeNumber(20_000, 1_000_000), 60_000)
    .option('--rounds <n>', 'how often', wholeNumber(1, MOST), 5)
    .action(subjects.replay);
  program
    .command('latency')
    .description('changes of logins at a fixed rate, from the answer to the login, and events by the relay beside kafkajs')
    .option('--seconds <n>', 'length of each of the three', wholeNumber(1, MOST), 10)
    .option('--per-second <n>', 'changes of logins a second', wholeNumber(1, MOST), 100)
    .option('--events-per-second <n>', 'updates and plain records a second', wholeNumber(1, MOST), 500)
    .option('--profile <folder>', "writes CPU profiles of both apps' whole lives into the folder")
    .action(subjects.latency);
  program
    .command('capacity')
    .description(
      'CPU and memory of each process idle, at 100 updates a second and at the most, and the disk that contacts and events take',
    )
    .option('--seconds <n>', 'length of each of the three', wholeNumber(1, MOST), 20)
    .option('--contacts <n>', 'contacts that are added to measure their disk', wholeNumber(1_000, 10_000_000), 100_000)
    .action(subjects.capacity);
  return program;
}

/** A name that is no subject would go to the default one, as an argument that it does not take. */
function refuseUnknownSubject(bench: Command): void {
  const [name = '-'] = bench.args;
  if (name.startsWith('-') || bench.commands.some((each) => each.name() === name)) return;
  bench.error(`error: there is no subject ${name}: --help prints them.`);
}

const withRounds = (command: Command): Command =>
  command
    .option('--rounds <n>', 'rounds of each kind', wholeNumber(1, MOST), UPDATES.rounds)
    .option('--seconds <n>', 'length of a round', wholeNumber(1, MOST), UPDATES.seconds)
    .option('--logins <n>', 'changes of logins or failed sign-ins that are timed', wholeNumber(1, MOST), UPDATES.logins);
