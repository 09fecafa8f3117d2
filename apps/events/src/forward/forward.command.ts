import { wholeNumber } from '#app/terminal';
import type { AddCommand } from '../command.js';
import { companyId, contactId, eventType, httpUrl, pastTime, several } from '../options/parsers.js';
import { TOPIC_HELP, topicName } from '../options/topics.js';
import type { ForwardOptions } from './forward.js';

const HELP = `
Each event is one POST, a CloudEvents HTTP request in binary mode: headers ce-type, ce-id, ce-sequence, …, and the data as JSON, without
credentials. Tombstones are not sent. A 2xx answer ends it; anything else is tried again, after 1 s at first and 60 s at last, or after
Retry-After. Events of one contact or company go one after the other; one that fails holds up no other. An event can come twice, with
the same ce-id. Without --since it begins now; with --until-now at the beginning. Ctrl-C ends it.

--secret-file signs each request as Standard Webhooks do: webhook-id, webhook-timestamp, webhook-signature. The file holds whsec_… .
With two secrets in it, each on a line, a request has both signatures, so that a receiver can change from one to the other.
--place is a file that keeps how far it came, in the form of the header Snapshot-Offsets: a later call goes on from there.

Exit code 3 where --attempts gave up on an event, 130 where Ctrl-C comes before the end of --until-now.

Examples
  npm run events -- forward --to http://localhost:4000
  npm run events -- forward --to http://localhost:4000/hook --since 1h --type ContactUpdated --until-now
  npm run events -- forward --to http://localhost:4000 --place .data/forward.json --secret-file .data/webhook-secret`;

export const forwardCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('forward')
    .description('sends each event to a URL, as a CloudEvents HTTP request')
    .requiredOption('--to <url>', 'where to: http:// or https://', httpUrl)
    .option('--topic <topic>', `of these topics alone: ${TOPIC_HELP}; several with commas`, several(topicName))
    .option('--contact <id>', 'of these contacts alone; several with commas', several(contactId))
    .option('--company <id>', 'of these companies alone; several with commas', several(companyId))
    .option('--type <name>', 'of these types alone: ContactUpdated, …; several with commas', several(eventType))
    .option('--since <time>', 'begins there: 2026-01-31T09:00:00Z, 2026-01-31, or how long ago (15m, 2h, 7d)', pastTime())
    .option('--until-now', 'ends once all events that are there now are sent')
    .option('--place <file>', 'keeps in this file how far it came, and goes on from there')
    .option('--secret-file <file>', 'signs with the secret in this file, or with each of its lines')
    .option('--attempts <number>', 'gives up on an event after so many, and on later ones of its contact', wholeNumber(1, 1_000))
    .option('--timeout <seconds>', 'how long an answer may take', wholeNumber(1, 600), 30)
    .option('--json', 'a JSON object an attempt, on a line each')
    .addHelpText('after', HELP)
    .action((options: ForwardOptions) =>
      run(async () => {
        const { forward } = await import('./forward.js');
        return forward(options, tool);
      }),
    );
