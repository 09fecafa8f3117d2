import { describe, expect, it } from '@jest/globals';
import { Logger as NestLogger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Logger } from 'nestjs-pino';
import { pino } from 'pino';
import { describeError } from '#app/postgres';
import { loggerModule } from './logging.js';

describe('when a database error is logged through Nest', () => {
  it('and its message contains values / the line has its code and constraint, and nothing of its message, which contains values', async () => {
    const lines: string[] = [];
    const logger = pino({ serializers: { err: describeError } }, { write: (line: string) => void lines.push(line) });
    const module = await Test.createTestingModule({ imports: [loggerModule(logger)] }).compile();
    module.useLogger(module.get(Logger));
    const err = Object.assign(new Error('Key (email)=(ann@example.com) already exists'), {
      severity: 'ERROR',
      code: '23505',
      constraint: 'taken',
    });

    new NestLogger('Spec').warn({ msg: 'Failed.', err });

    expect(lines.join('')).not.toContain('ann@example.com');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ err: { name: 'Error', code: '23505', constraint: 'taken' } });
  });
});
