import Type from 'typebox';
import { nullable } from '../wire/schemas.js';

const StatusSchema = Type.Enum(['ok', 'degraded', 'down'], { type: 'string', examples: ['ok'] });

export const HealthSchema = Type.Object(
  {
    status: StatusSchema,
    parts: Type.Object({
      database: Type.Object({ status: StatusSchema }),
      broker: Type.Object({ status: StatusSchema }),
      relay: Type.Object({ status: StatusSchema, state: Type.String({ description: 'What the relay is doing.' }) }),
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
