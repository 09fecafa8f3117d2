import { describe, expect, it } from '@jest/globals';
import { connectionDefectOf, isDatabaseAway, isTransientDatabaseError, markRefusal } from './postgres-errors.js';

const withCode = (code: string): Error => Object.assign(new Error('of the database'), { code });

describe('an error of the database', () => {
  it.each([
    '08006',
    '57P01',
    '57P03',
    '53300',
    '53100',
    '25006',
    '28P01',
    '3D000',
    'ECONNREFUSED',
    'ECONNRESET',
    'EAI_AGAIN',
    'EPROTO',
    'ENETDOWN',
    'ERR_SSL_BAD_RECORD_TYPE',
    'CERT_HAS_EXPIRED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'ERR_STREAM_DESTROYED',
    '40003',
  ])(
    'with code %s / means that the database is away: all work fails, and the result of a commit under way is unknown',
    (code) => {
      expect([isTransientDatabaseError(withCode(code)), isDatabaseAway(withCode(code))]).toEqual([true, true]);
    },
  );

  it.each(['40001', '40P01', '55P03', '57014'])('with code %s / concerns one piece of work, and passes', (code) => {
    expect([isTransientDatabaseError(withCode(code)), isDatabaseAway(withCode(code))]).toEqual([true, false]);
  });

  it.each(['23505', '22001', '22021', '42P01', 'ERR_INVALID_ARG_TYPE', 'email_taken', 'ENOSPC', 'EACCES', 'Z_DATA_ERROR'])(
    'with code %s / concerns the statement, and stays',
    (code) => {
      expect([isTransientDatabaseError(withCode(code)), isDatabaseAway(withCode(code))]).toEqual([false, false]);
    },
  );

  it.each([
    'Query read timeout',
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'timeout expired',
    'Client was closed and is not queryable',
  ])('without a code / is recognised by its message: %s', (text) => {
    expect(isDatabaseAway(new Error('of the ORM', { cause: new Error(text) }))).toBe(true);
  });

  it("when a pooler refuses a connection / the pooler's reason is said, since each of its refusals has one code", () => {
    const refusal = markRefusal(Object.assign(new Error('no more connections allowed (max_client_conn)'), { code: '08P01' }));
    const defect = connectionDefectOf(new Error('of the ORM', { cause: refusal }));
    expect(defect).toBe(
      'PostgreSQL, or a pooler before it, rejects the connection: no more connections allowed (max_client_conn) (08P01).',
    );
  });

  it.each([
    ['CERT_HAS_EXPIRED', /expired/],
    ['CERT_NOT_YET_VALID', /not valid yet/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another name or address/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /of no known CA/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /of no known CA/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /of no known CA/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /of no known CA/],
  ])('with code %s / names what is wrong with the certificate, and the code', (code, sentence) => {
    expect(connectionDefectOf(withCode(code))).toMatch(sentence);
    expect(connectionDefectOf(withCode(code))).toContain(`(${code}).`);
  });
});
