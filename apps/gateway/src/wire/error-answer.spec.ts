import { describe, expect, it } from '@jest/globals';
import { HashQueueFull } from '#app/credentials';
import { RetryTransaction } from '#app/postgres';
import { CodedError } from './coded.error.js';
import { errorAnswer } from './error-answer.js';
import { ValidationFailed } from './validation.error.js';

describe('the answer of an error', () => {
  it('when the error has a code / is the row of the table, with the seconds to wait', () => {
    expect(errorAnswer(new CodedError('outbox_full'))).toMatchObject({
      status: 503,
      code: 'outbox_full',
      message: 'Too many events wait for the broker.',
      headers: { 'Retry-After': '5' },
    });
  });

  it('when the error says more than the table / has what the error says', () => {
    const error = new CodedError('company_in_use', { message: 'Two contacts.', members: { contacts: 2 } });
    expect(errorAnswer(error)).toMatchObject({ status: 409, message: 'Two contacts.', members: { contacts: 2 }, headers: {} });
  });

  it('when fields fail / names them all', () => {
    const errors = { email: ['must be an email address'], 'tags.1': ['must be a string'] };
    expect(errorAnswer(new ValidationFailed(errors))).toMatchObject({ status: 422, code: 'validation_failed', errors });
  });

  it.each([
    [new HashQueueFull(), 'hash_queue_full'],
    [new RetryTransaction(), 'contended'],
    [Object.assign(new Error('deadlock'), { code: '40P01' }), 'contended'],
    [new Error('of the ORM', { cause: Object.assign(new Error('serialization'), { code: '40001' }) }), 'contended'],
  ])('when the error is one of a lib / has a code as well: %s', (error, code) => {
    expect(errorAnswer(error)).toMatchObject({ status: 503, code, headers: { 'Retry-After': '1' } });
  });

  it('when the error has no code / is undefined', () => {
    expect(errorAnswer(Object.assign(new Error('x'), { code: '23505' }))).toBeUndefined();
  });
});
