import Type from 'typebox';
import { nullable } from '../wire/schemas.js';

const StatusSchema = Type.Enum(['ok', 'degraded', 'down'], { type: 'string', examples: ['ok'] });

const RelayHealthSchema = Type.Object({
  status: StatusSchema,
  state: Type.String({ description: 'What the relay is doing.' }),
  blocked: Type.Array(
    Type.Object({
      topic: Type.String(),
      partition: nullable(Type.Integer({ minimum: 0 }), 'Null: the topic as a whole.', 0),
      reason: Type.String({ description: "The broker's reason." }),
      since: Type.String({ format: 'date-time' }),
    }),
    { description: 'Partitions that take no events; their events wait, the others do not.' },
  ),
  fault: nullable(
    Type.Object({ reason: Type.String(), since: Type.String({ format: 'date-time' }) }),
    'Why this process handed publishing over to another one; null: it can publish, as far as is known.',
    null,
  ),
});

export const HealthSchema = Type.Object(
  {
    status: StatusSchema,
    version: Type.String({ description: 'The release that the process runs.', examples: ['1.1.0'] }),
    parts: Type.Object({
      database: Type.Object({ status: StatusSchema }),
      broker: Type.Object({ status: StatusSchema }),
      relay: RelayHealthSchema,
      outbox: Type.Object({
        status: StatusSchema,
        oldest_ms: nullable(
          Type.Integer({ minimum: 0 }),
          'Age of the oldest event that waits for the broker; null: not known.',
          0,
        ),
      }),
    }),
  },
  { title: 'Health', description: 'By part: updates are answered while the broker is away.' },
);
