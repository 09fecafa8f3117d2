import { expect, it } from '@jest/globals';
import { BLOCKED_PORTS } from './blocked-ports.js';

it.each([...BLOCKED_PORTS])('when the port is %i / fetch does not connect to it', async (port) => {
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ cause: { message: 'bad port' } });
});
