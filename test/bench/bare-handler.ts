import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';

/**
 * The comparison: what the same five statements cost with nothing around them. No token, no rules, no ORM, no relay.
 * Run as `node bare-handler.js <port> <database URL>`.
 */
const [port, databaseUrl] = process.argv.slice(2);
const POOL_SIZE = 16;
const TOPIC = 'contact-sync.contacts.v1';

interface BareContact {
  id: string;
  version: string;
  first_name: string | null;
  phone_1: string | null;
}

const LOCK = 'select * from contact where id = $1 for update';
const UPDATE = `update contact set first_name = $2, phone_1 = $3, version = version + 1, updated_at = clock_timestamp()
  where id = $1 returning *`;
const INSERT = 'insert into outbox (topic, key, headers, payload) values ($1, $2, $3, $4)';

const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE, min: POOL_SIZE });
const fastify = Fastify({ logger: false, forceCloseConnections: true });

fastify.post<{ Params: { id: string }; Body: Partial<BareContact> }>('/contacts/:id', async (request, reply) => {
  const { id } = request.params;
  const session = await pool.connect();
  try {
    await session.query('begin');
    const { rows: found } = await session.query<BareContact>({ name: 'lock', text: LOCK, values: [id] });
    const before = found[0];
    if (!before) {
      await session.query('rollback');
      return await reply.status(404).send({ error: 'contact not found' });
    }
    const { first_name = before.first_name, phone_1 = before.phone_1 } = request.body;
    const { rows: updated } = await session.query<BareContact>({
      name: 'update',
      text: UPDATE,
      values: [id, first_name, phone_1],
    });
    await session.query({ name: 'outbox', text: INSERT, values: outboxRow(before, updated[0] as BareContact) });
    await session.query('commit');
    return { data: updated[0] };
  } catch (error) {
    await session.query('rollback');
    throw error;
  } finally {
    session.release();
  }
});

fastify.get('/health/ready', () => ({ status: 'ok' }));

function outboxRow(before: BareContact, contact: BareContact): string[] {
  const changed = (['first_name', 'phone_1'] as const).filter((name) => before[name] !== contact[name]);
  const former = Object.fromEntries(changed.map((name) => [name, before[name]]));
  const headers = { ce_id: randomUUID(), ce_type: 'contact-sync.ContactUpdated.v1', ce_time: new Date().toISOString() };
  const payload = { contact_id: contact.id, version: contact.version, changed, before: former, contact };
  return [TOPIC, contact.id, JSON.stringify(headers), JSON.stringify(payload)];
}

await fastify.listen({ port: Number(port), host: '127.0.0.1' });
process.once('SIGTERM', () => void fastify.close().then(() => pool.end()));
