import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fastify from 'fastify';
import { warnOfForwardedAddresses } from './forwarded-address.js';

describe('when X-Forwarded-For comes in and no proxy is trusted', () => {
  it('at the first request / warns, and not again at each', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const app = fastify();
    warnOfForwardedAddresses(app);
    app.get('/', () => 'ok');
    await app.inject('/');
    expect(warn).not.toHaveBeenCalled();
    for (let n = 0; n < 3; n++) await app.inject({ url: '/', headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(warn.mock.calls).toEqual([[{ msg: expect.stringContaining('TRUST_PROXY is off') }]]);
    await app.close();
    warn.mockRestore();
  });
});
