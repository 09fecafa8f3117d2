import { Option } from 'commander';
import type { AddCommand } from '../command.js';
import { httpUrl } from '../options/parsers.js';
import { groupOf } from '../repair/command-group.js';
import { SUBJECTS, type RegisterOptions } from './register-schemas.js';

const HELP = `
One subject for each event and topic, as Confluent's registry names them:
  topic-record   contact-sync.contacts.v1-contact-sync.ContactUpdated.v1   (TopicRecordNameStrategy)
  record         contact-sync.ContactUpdated.v1                            (RecordNameStrategy)
The same schema again changes nothing. Records stay as they are: JSON without the registry's five bytes in front, so tools show and
check the schemas, and a deserializer that wants those bytes does not read the topics.

A registry's own check of compatibility forbids a new optional field of an open object. The schemas are checked against every release by
their own rules before they are released, so --compatibility NONE sets that for these subjects.

--auth-file holds user:password, for basic authentication.

Examples
  npm run events -- schemas register --url http://localhost:8081 --compatibility NONE
  npm run events -- schemas register --url https://registry.example.com --auth-file .data/registry --subjects record`;

const registerSchemasCommand: AddCommand = (parent, run, tool) =>
  void groupOf(parent, 'schemas', 'the schemas of the events')
    .command('register')
    .description('registers the schemas of the events at a Confluent-compatible registry')
    .requiredOption('--url <url>', 'where the registry is', httpUrl)
    .addOption(new Option('--subjects <strategy>', 'how subjects are named').choices(SUBJECTS).default('topic-record'))
    .addOption(
      new Option('--compatibility <level>', 'sets this for each subject').choices(['NONE', 'BACKWARD', 'FORWARD', 'FULL']),
    )
    .option('--auth-file <file>', 'user:password, on one line')
    .option('--json', 'a JSON object a subject, on a line each')
    .addHelpText('after', HELP)
    .action((options: RegisterOptions) =>
      run(async () => {
        const { registerSchemas } = await import('./register-schemas.js');
        return registerSchemas(options, tool);
      }),
    );

export const SCHEMA_COMMANDS: readonly AddCommand[] = [registerSchemasCommand];
