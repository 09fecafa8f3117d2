import { describe, expect, it } from '@jest/globals';
import Type from 'typebox';
import { answered } from './answered.js';

const Inner = Type.Object({ added: Type.Optional(Type.String()) }, { description: 'Inner.' });
const Event = Type.Object({ list: Type.Array(Inner), maybe: Type.Union([Inner, Type.Null()]), later: Type.Optional(Inner) });

describe('answered', () => {
  it('when a property is optional in the event / it is required in the answer, at every depth', () => {
    expect(answered(Event)).toMatchObject({
      required: ['list', 'maybe', 'later'],
      properties: {
        list: { items: { required: ['added'], description: 'Inner.' } },
        maybe: { anyOf: [{ required: ['added'] }, { type: 'null' }] },
      },
    });
  });

  it('when one schema stands in several places / it is one schema in the answer too', () => {
    const { list, maybe } = answered(Event).properties;
    expect(list.items).toBe(answered(Inner));
    expect(maybe.anyOf[0]).toBe(answered(Inner));
  });

  it('when the answer is made / the schema of the event is left as it was', () => {
    answered(Event);
    expect(Event.required).toEqual(['list', 'maybe']);
  });
});
