import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { kafkaDefectOf } from './kafka-defect.js';

const refused = Object.assign(new kafkajs.KafkaJSConnectionError('Connection error: connect ECONNREFUSED 127.0.0.1:1'), {
  code: 'ECONNREFUSED',
});

describe('a failure of a command', () => {
  it.each<[string, unknown, string | undefined]>([
    ['a broker that refuses connections', refused, 'Kafka does not answer: Connection error: connect ECONNREFUSED 127.0.0.1:1'],
    [
      'the same after several tries',
      Object.assign(new Error('tries'), { name: 'KafkaJSNumberOfRetriesExceeded', cause: refused }),
      'Kafka does not answer: Connection error: connect ECONNREFUSED 127.0.0.1:1',
    ],
    [
      'a missing topic',
      Object.assign(new Error('none'), { name: 'KafkaJSProtocolError', type: 'UNKNOWN_TOPIC_OR_PARTITION' }),
      'Kafka has no such topic. Run the set-up.',
    ],
    ['a database that refuses connections', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), undefined],
  ])('by %s / names Kafka only where it is the reason', (_, error, defect) => {
    expect(kafkaDefectOf(error)).toBe(defect);
  });
});
