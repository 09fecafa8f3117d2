import { totalmem } from 'node:os';

const MIB = 1024 * 1024;
/** Of its memory the server takes only what it uses: with a million contacts the tables and indexes of updates have some 700 MB. */
const sharedMemory = (): string => `${Math.round(Math.min(1_024, Math.max(256, totalmem() / MIB / 8)))}MB`;

/** The embedded server's settings, as PostgreSQL names them. */
export const postgresSettings = (port: number, durable: boolean): Record<string, string | number> => ({
  listen_addresses: '127.0.0.1',
  port,
  // The socket file is not used, and its path may be too long.
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: durable ? sharedMemory() : '256MB',
  max_wal_size: '2GB',
  // Queries are short here: to compile them costs more than it gains.
  jit: 'off',
  // The outbox is a queue: its table needs a vacuum far more often than once a minute.
  autovacuum_naptime: '10s',
  // Statements and error details can contain personal data.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
  ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
});
