import { must, type Check } from './check.js';
import { PASSWORD, Portal } from './portal.js';

async function mustAnswer(signIn: Promise<number>, status: number): Promise<void> {
  const answered = await signIn;
  must(answered === status, `The sign-in was answered ${answered}, not ${status}.`);
}

/** The main part of the end to end set: update, event, login. */
export const DELIVERY_CHECKS: readonly Check[] = [
  {
    name: 'a contact gets a login / the portal lets it in',
    run: async (secured) => {
      const portal = new Portal(secured);
      const { email } = await portal.contactWithLogin();
      await mustAnswer(portal.signIn(email), 201);
    },
  },
  {
    name: 'its email changes at the other gateway / the portal lets it in under the new one alone',
    run: async (secured) => {
      const portal = new Portal(secured, secured.system.gateways[1]!.app);
      const { id, email } = await portal.contactWithLogin();
      const changed = Portal.newEmail();
      await portal.update(id, { email: changed });
      await mustAnswer(portal.signIn(changed), 201);
      await mustAnswer(portal.signIn(email), 401);
    },
  },
  {
    name: 'its password changes / the portal lets it in with the new one alone',
    run: async (secured) => {
      const portal = new Portal(secured);
      const { id, email } = await portal.contactWithLogin();
      await portal.update(id, { password: 'another good one' });
      await mustAnswer(portal.signIn(email, 'another good one'), 201);
      await mustAnswer(portal.signIn(email, PASSWORD), 401);
    },
  },
  {
    name: 'its login is removed / the portal lets it in no more',
    run: async (secured) => {
      const portal = new Portal(secured);
      const { id, email } = await portal.contactWithLogin();
      await portal.removeLogin(id);
      await mustAnswer(portal.signIn(email), 401);
    },
  },
  {
    name: 'a contact changes / the event stream of a gateway shows it',
    run: async (secured) => {
      const portal = new Portal(secured);
      const { id } = await portal.contactWithLogin();
      const { gateways, secrets } = secured.system;
      const stop = AbortSignal.timeout(20_000);
      const headers = { authorization: `Bearer ${secrets.apiToken}` };
      const stream = await fetch(`${gateways[0]!.app.url}/external/api/v1/events/stream?contact_id=${id}`, {
        headers,
        signal: stop,
      });
      must(stream.status === 200, `The stream was answered ${stream.status} ${stream.status === 200 ? '' : await stream.text()}`);
      const changed = portal.update(id, { last_name: 'Streamed' });
      let seen = '';
      for await (const chunk of stream.body!) {
        seen += Buffer.from(chunk as Uint8Array).toString();
        if (!seen.includes('ContactUpdated')) continue;
        await changed;
        return;
      }
      throw new Error('The stream ended without the event.');
    },
  },
];
