import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import { connectionDefectOf, type DatabaseUrl, describeError, isTransientDatabaseError } from '#app/postgres';
import { InvalidSettings, presentUrl, readPostgresUrl } from '#app/settings';
import { CallersModule } from './callers/callers.module.js';
import { readTokenEnv, type GatewayEnv } from './env.js';
import { ListsModule } from './lists/lists.module.js';
import { listOrmOptions, ormOptions } from './orm.js';
import { TokenAdmin } from './tokens/cli/token-admin.js';
import { TokensModule } from './tokens/tokens.module.js';
import { CodedError } from './wire/coded.error.js';
import { ValidationFailed } from './wire/validation.error.js';

type TokenEnv = Pick<GatewayEnv, 'databaseUrl' | 'secret'>;

/** The part of the gateway that the command for tokens needs. */
@Module({})
class TokenContextModule {
  static register({ databaseUrl, secret }: TokenEnv): DynamicModule {
    return {
      module: TokenContextModule,
      imports: [
        CqrsModule.forRoot(),
        MikroOrmModule.forRoot({ ...ormOptions(databaseUrl), driver: PostgreSqlDriver, registerRequestContext: false }),
        ListsModule.register(listOrmOptions(databaseUrl)),
        CallersModule.register({ secret, apiRateLimit: 0 }),
        TokensModule,
      ],
    };
  }
}

/** Runs work on the tokens of a database. @throws {CodedError} {@link DatabaseAway} */
export async function withTokenAdmin<T>(env: TokenEnv, work: (admin: TokenAdmin) => Promise<T>): Promise<T> {
  const options = { logger: false, abortOnError: false } as const;
  const context = await NestFactory.createApplicationContext(TokenContextModule.register(env), options);
  try {
    return await work(new TokenAdmin(context.get(CommandBus), context.get(QueryBus)));
  } catch (error) {
    throw isTransientDatabaseError(error) ? new DatabaseAway(env.databaseUrl, error) : error;
  } finally {
    await context.close();
  }
}

/** Like {@link withTokenAdmin}, on the environment's database. */
export const onNamedDatabase = <T>(work: (admin: TokenAdmin) => Promise<T>): Promise<T> => withTokenAdmin(readTokenEnv(), work);

/** How the command names the fields of the route. */
const OPTIONS: Record<string, string> = { name: '--name', scopes: '--scopes', expires_at: '--expires' };
const optionOf = (field: string): string => OPTIONS[field.split('.')[0]!] ?? field;

export const isWrongUsage = (error: unknown): boolean => error instanceof ValidationFailed;

/** The message of an error for the operator. */
export function explain(error: unknown): string {
  if (error instanceof ValidationFailed)
    return Object.entries(error.errors)
      .flatMap(([field, reasons]) => reasons.map((reason) => `${optionOf(field)} ${reason}.`))
      .join('\n');
  const isPlain = [InvalidSettings, DatabaseAway, CodedError].some((type) => error instanceof type);
  return isPlain ? (error as Error).message : `Not done: ${JSON.stringify(describeError(error))}`;
}

/** Names only the address: the URL holds a password. */
class DatabaseAway extends Error {
  constructor(url: DatabaseUrl, error: unknown) {
    const { host = 'localhost', port = 5432 } = readPostgresUrl(presentUrl(url));
    const defect = connectionDefectOf(error);
    super(`The database at ${host}:${port} ${defect ? `can't be used. ${defect}` : 'does not answer.'}`);
  }
}
