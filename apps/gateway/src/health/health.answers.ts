import Type, { type Static } from 'typebox';
import { mapOf, nullable } from '../http/wire.schemas.js';

const StatusSchema = Type.Enum(['ok', 'degraded', 'down'], { type: 'string', examples: ['ok'] });
export type Status = Static<typeof StatusSchema>;

export const LiveSchema = Type.Object({ status: Type.Literal('ok') }, { title: 'Live' });

const checks = mapOf(Type.Object({ status: Type.Enum(['up', 'down'], { type: 'string' }) }));

export const ReadySchema = Type.Object(
  { status: Type.Literal('ok'), info: checks, error: checks, details: checks },
  { title: 'Ready', description: 'By part: the database alone.' },
);

export const NotReadySchema = Type.Object({ message: Type.String(), code: Type.String() }, { title: 'NotReady' });

export const HealthSchema = Type.Object(
  {
    status: StatusSchema,
    parts: Type.Object({
      database: Type.Object({ status: StatusSchema }),
      relay: Type.Object({ status: StatusSchema, state: Type.String({ description: 'What the relay is doing.' }) }),
      outbox: Type.Object({
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
