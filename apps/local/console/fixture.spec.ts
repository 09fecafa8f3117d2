import { describe, expect, it } from '@jest/globals';
import { EVENTS, EVENT_EXAMPLES, type EventName } from '#app/contracts';
import * as kit from '#app/contracts/testing';

interface FixtureModule {
  fixtureOf: (record: { name: string; data?: unknown }) => string | null;
}
const FILE = './fixture.mjs';
const { fixtureOf } = (await import(FILE)) as FixtureModule;

/** Runs a fixture's text with the kit, as a test that it was copied into does. */
function eventOf(text: string): { name: string; data: Record<string, any> } {
  const [imported, ...lines] = text.split('\n');
  const builders = /\{ (.*) \}/.exec(imported!)![1]!;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the text is what is tested
  return new Function('kit', `const { ${builders} } = kit;\n${lines.join('\n')}\nreturn event;`)(kit) as never;
}

describe('a record copied as a test fixture', () => {
  it.each(Object.keys(EVENTS) as EventName[])('when it is %s / the kit builds an event of that contact and change', (name) => {
    const { data } = EVENT_EXAMPLES[name] as unknown as { data: Record<string, any> };
    const built = eventOf(fixtureOf({ name, data })!);
    expect(built.name).toBe(name);
    for (const member of ['contact_id', 'company_id', 'before', 'changes', 'email', 'previous_email'])
      expect([member, built.data[member]]).toEqual([member, data[member]]);
    if (data['before']) expect(built.data['changed']).toEqual(data['changed']);
  });

  it.each(['ContactUpdated', 'CompanyUpdated'])('when %s has a new field / the builder is given it', (name) => {
    const { data } = EVENT_EXAMPLES[name as EventName] as unknown as { data: Record<string, any> };
    const part = 'company' in data ? 'company' : 'contact';
    const grown = { ...data, changed: ['note'], before: { note: 'old' }, [part]: { ...data[part], note: 'new' } };
    expect(fixtureOf({ name, data: grown })).toMatch(/ note: "old"[^]* note: "new"/);
  });

  it.each([['password'], []].map((changes) => ({ changes })))(
    'when a login has the changes $changes / its email is the same before and after',
    ({ changes }) => {
      const { data } = EVENT_EXAMPLES.PortalLoginChanged;
      const built = eventOf(fixtureOf({ name: 'PortalLoginChanged', data: { ...data, changes, previous_email: null } })!);
      expect(built.data).toMatchObject({ changes, email: data.email, previous_email: null });
    },
  );

  it('when it cannot be read / there is none', () => {
    expect(fixtureOf({ name: '?' })).toBeNull();
  });
});
