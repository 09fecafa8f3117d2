import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { StatementPool } from './statement-pool.js';

/** A server's consent to a sign-in, and that it is ready. */
const ACCEPTED = Buffer.from('5200000008000000005a0000000549', 'hex');

let server: Server;
afterEach(() => void server.close());

describe('a connection of a pool', () => {
  it('when it is lost while its settings are applied / the statement fails, and the process goes on', async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(ACCEPTED);
        socket.once('data', () => socket.destroy());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const pool = new StatementPool({ url: `postgres://u@127.0.0.1:${port}/db`, applicationName: 'spec', poolMax: 1 });
    await expect(pool.query({ name: 'one', text: 'select 1' }, [])).rejects.toThrow(/terminated/);
    await pool.end();
  });
});
