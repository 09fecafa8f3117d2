import { Command, InvalidArgumentError, Option } from 'commander';

/** A set-up's work and what it can print. */
export interface SetUp {
  /** For instance `node dist/apps/auth/src/set-up.js`. */
  command: string;
  description: string;
  /** The release, for `--version`. */
  version: string;
  /** Settings that the set-up reads, for the help. */
  settings: string;
  /** The database, its owner and the app's role unless others are named. */
  grants: Grants;
  /** Kafka users by their tasks. */
  principals: Readonly<Record<string, string>>;
  run: () => Promise<void>;
  acls: (principals: Readonly<Record<string, string>>) => string;
  grantStatements: (grants: Grants) => string;
}

interface Grants {
  database: string;
  owner: string;
  role: string;
}

interface Options extends Grants {
  printAcls?: true;
  printGrants?: true;
  principal: Record<string, string>;
}

/** The command line of a set-up: without an option it sets up, with one of two it prints what an operator has to grant. */
export function setUpProgram(setUp: SetUp, print: (text: string) => void = console.log): Command {
  const { grants, principals } = setUp;
  const tasks = Object.entries(principals).map(([task, principal]) => `  ${task.padEnd(12)}${principal}`);
  return new Command(setUp.command)
    .description(setUp.description)
    .version(setUp.version)
    .option('--print-acls', "prints the ACLs that Kafka's users need, as commands of kafka-acls.sh, and does nothing else")
    .option('--print-grants', "prints the grants that the app's database role needs, as SQL, and does nothing else")
    .addOption(
      new Option('--principal <task=name>', 'with --print-acls: the user of a task; may be repeated')
        .argParser(principalOf(principals))
        .default(principals, 'see below'),
    )
    .option('--database <name>', 'with --print-grants', grants.database)
    .option('--owner <role>', 'with --print-grants: the role that runs the set-up', grants.owner)
    .option('--role <role>', 'with --print-grants: the role of the app', grants.role)
    .addHelpText(
      'after',
      `\nTasks and their users:\n${tasks.join('\n')}\n\nSettings: ${setUp.settings}. docs/settings.md has them all.`,
    )
    .allowExcessArguments(false)
    .action(async ({ printAcls, printGrants, principal, database, owner, role }: Options) => {
      if (printAcls) print(setUp.acls(principal));
      if (printGrants) print(setUp.grantStatements({ database, owner, role }));
      if (!printAcls && !printGrants) await setUp.run();
    });
}

const principalOf =
  (known: Readonly<Record<string, string>>) =>
  (text: string, former: Record<string, string>): Record<string, string> => {
    const [, task = '', name = ''] = /^([a-z-]+)=(.+)$/.exec(text) ?? [];
    if (!Object.hasOwn(known, task))
      throw new InvalidArgumentError(`write one of ${Object.keys(known).join(', ')}, = and a name.`);
    return { ...former, [task]: name };
  };
