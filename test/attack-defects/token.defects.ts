import { EntityManager, type EntityName } from '@mikro-orm/postgresql';
import { eventually } from '#app/system/testing';
import { ApiToken } from '../../apps/gateway/src/callers/api-token.entity.js';
import { SCOPES } from '../../apps/gateway/src/callers/api-token.scopes.js';
import { RateLimit } from '../../apps/gateway/src/callers/rate-limit.js';
import { CreateTokenCommand } from '../../apps/gateway/src/tokens/create/create-token.command.js';
import { CreateTokenHandler } from '../../apps/gateway/src/tokens/create/create-token.handler.js';
import { RevokeTokenCommand } from '../../apps/gateway/src/tokens/revoke/revoke-token.command.js';
import { RevokeTokenHandler } from '../../apps/gateway/src/tokens/revoke/revoke-token.handler.js';
import type { TokenMaker } from '../../apps/gateway/src/tokens/token-maker.js';
import { around } from '../faults/seams/around.js';
import { TOKEN } from '../gateway.harness.js';
import { RATE_LIMIT, type AttackDefect, type AttackedSystem } from './attacked-system.js';

interface OpenManager {
  findOne(entity: EntityName, where: unknown, options?: { lockMode?: unknown }): Promise<unknown>;
  find(entity: EntityName, where: { createdBy?: { $in: number[] } }, options?: unknown): Promise<unknown[]>;
  flush(): Promise<void>;
  getUnitOfWork(): { getPersistStack(): Set<object> };
}

const manager = EntityManager.prototype as unknown as OpenManager;
const HOUR_MS = 3_600_000;
const MAKES = ['tokens:write', 'contacts:read'];
const mayAll = (maker: TokenMaker): TokenMaker => ({ ...maker, scopes: new Set(SCOPES) });

const as = (token: string) => ({ authorization: `Bearer ${token}` });

const create = ({ gateway }: AttackedSystem, maker: string, fields: object = {}) =>
  gateway.call('POST', '/tokens', { name: 'made', scopes: MAKES, ...fields }, as(maker));

const made = async (system: AttackedSystem, maker: string): Promise<{ id: number; token: string }> =>
  (await create(system, maker)).body.data as { id: number; token: string };

const revoke = ({ gateway }: AttackedSystem, id: number, asker = TOKEN) =>
  gateway.call('DELETE', `/tokens/${id}?descendants=true`, undefined, as(asker));

async function idOf({ gateway }: AttackedSystem, token: string): Promise<number> {
  return Number((await gateway.sql.query('select id from api_token where name = $1', [token])).rows[0].id);
}

async function isLiving({ gateway }: AttackedSystem, where: string, value: number): Promise<boolean> {
  const { rowCount } = await gateway.sql.query(`select from api_token where ${where} = $1 and revoked_at is null`, [value]);
  return rowCount! > 0;
}

export const TOKEN_DEFECTS: readonly AttackDefect[] = [
  {
    title: 'the end of a new token is not compared with that of its maker',
    plant: () =>
      around(CreateTokenHandler.prototype, 'execute', (execute, [{ token, maker, terms }]) =>
        execute(new CreateTokenCommand({ ...token, expiresAt: null }, {}, maker, terms)),
      ),
    attack: async (system) => {
      const maker = await system.gateway.insertToken(MAKES, { expiresAt: new Date(Date.now() + HOUR_MS) });
      const { body } = await create(system, maker);
      return body.data.expires_at === null;
    },
  },
  {
    title: 'a token gives away scopes that it lacks',
    plant: () =>
      around(CreateTokenHandler.prototype, 'execute', (execute, [{ token, errors, maker, terms }]) =>
        execute(new CreateTokenCommand(token, errors, mayAll(maker), terms)),
      ),
    attack: async (system) => {
      const maker = await system.gateway.insertToken(['tokens:write']);
      return (await create(system, maker, { scopes: ['events:read'] })).status === 201;
    },
  },
  {
    title: 'a token ends another one that may more',
    plant: () =>
      around(RevokeTokenHandler.prototype, 'execute', (execute, [{ tokenId, asker, terms }]) =>
        execute(new RevokeTokenCommand(tokenId, mayAll(asker), terms)),
      ),
    attack: async (system) => {
      const [asker, other] = [
        await system.gateway.insertToken(['tokens:write']),
        await system.gateway.insertToken(['events:read']),
      ];
      return (await revoke(system, await idOf(system, other), asker)).status === 200;
    },
  },
  {
    title: 'with a token only those end that it made itself',
    plant: () => {
      let levels = 0;
      return around(manager, 'find', (find, [entity, where]) => {
        if (entity !== ApiToken || !where.createdBy) return find();
        return levels++ % 2 === 0 ? find() : Promise.resolve([]);
      });
    },
    attack: async (system) => {
      const root = await system.gateway.insertToken(MAKES);
      const child = await made(system, root);
      const grandchild = await made(system, child.token);
      await revoke(system, await idOf(system, root));
      return isLiving(system, 'id', grandchild.id);
    },
  },
  {
    title: 'making a token does not lock its maker',
    plant: () =>
      around(manager, 'findOne', (findOne, [entity, where, options]) =>
        entity === ApiToken && typeof where === 'object'
          ? findOne(entity, where, { ...options, lockMode: undefined })
          : findOne(),
      ),
    attack: async (system) => {
      const root = await system.gateway.insertToken(MAKES);
      const id = await idOf(system, root);
      const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const held = around(manager, 'flush', async (flush, _args, self) => {
        if (makesAToken(self)) {
          reached.resolve();
          await opened.promise;
        }
        await flush();
      });
      try {
        const making = create(system, root);
        await reached.promise;
        let isAnswered = false;
        const revoking = revoke(system, id).finally(() => (isAnswered = true));
        await eventually(async () => {
          if (!isAnswered && !(await waitsForALock(system))) throw new Error('The revocation neither waits nor is answered.');
        });
        opened.resolve();
        await Promise.all([making, revoking]);
      } finally {
        held();
        opened.resolve();
      }
      return isLiving(system, 'created_by', id);
    },
  },
  {
    title: 'the rate limit counts each token alone',
    plant: () =>
      around(RateLimit.prototype, 'admit', (admit, [caller, reply]) => admit({ ...caller, familyId: caller.tokenId }, reply)),
    attack: async (system) => {
      const root = await system.gateway.insertToken(MAKES);
      const children = [await made(system, root), await made(system, root), await made(system, root), await made(system, root)];
      // More than two minutes' worth, and less than that of each of five tokens.
      const tokens = [root, ...children.map(({ token }) => token)];
      for (let count = 0; count <= 2 * RATE_LIMIT; count++) {
        const { status } = await system.gateway.call('GET', '/contacts/1', undefined, as(tokens[count % tokens.length]!));
        if (status === 429) return false;
      }
      return true;
    },
  },
];

/** Each commit flushes, that of background work too: the uses of tokens are stored every few seconds. */
const makesAToken = (em: OpenManager): boolean =>
  [...em.getUnitOfWork().getPersistStack()].some((each) => each instanceof ApiToken);

async function waitsForALock({ gateway }: AttackedSystem): Promise<boolean> {
  const { rowCount } = await gateway.sql.query(
    `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%api_token%'`,
  );
  return rowCount! > 0;
}
