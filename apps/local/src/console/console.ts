import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import { EventsEnv } from '../../../events/src/env.js';
import { explain } from '../../../events/src/explain.js';
import { appEnvironments } from '../app-environments.js';
import { appUrls } from '../app-urls.js';
import { AppClient } from './app-client.js';
import { ConsoleAccess } from './console-access.js';
import type { ConsoleParts } from './console-parts.js';
import type { ConsoleRun } from './console-run.js';
import { consoleGateway } from './console-token.js';
import { contactRoutes } from './contact.routes.js';
import { enterRoutes } from './enter.routes.js';
import { EventFeed } from './event-feed.js';
import { eventRoutes } from './event.routes.js';
import { EventTools } from './event-tools.js';
import { guard } from './guard.js';
import { letterRoutes } from './letter.routes.js';
import { Live } from './live.js';
import { PAGE_FOLDER } from './page-folder.js';
import { serviceRoutes } from './service.routes.js';
import { StateWatch } from './state.js';
import { troubleRoutes } from './trouble.routes.js';
import { UpdateLoad } from './update-load.js';

/** Serves the console on this machine alone. @returns the link that lets a person in, once */
export async function startConsole(run: ConsoleRun): Promise<string> {
  const { settings, secrets } = run;
  const access = new ConsoleAccess(secrets.consoleToken, settings.consolePort);
  const parts = await partsOf(run);
  const fastify = Fastify({ bodyLimit: 64 * 1024 });
  guard(fastify, access);
  fastify.setErrorHandler((error: Error & { statusCode?: number }, _, reply) =>
    reply.status(error.statusCode ?? 409).send({ message: explain(error) }),
  );
  fastify.setNotFoundHandler(({ method, url }, reply) =>
    reply.status(404).send({ message: `There is no route ${method} ${url.split('?', 1)[0]!.slice(0, 200)}.` }),
  );
  enterRoutes(fastify, access);
  for (const add of ROUTES) add(fastify, parts);
  await fastify.register(fastifyStatic, { root: PAGE_FOLDER, cacheControl: false });
  await fastify.listen({ host: '127.0.0.1', port: settings.consolePort });
  void parts.feed.run();
  new StateWatch(run, parts);
  return access.link;
}

const ROUTES: readonly ((fastify: FastifyInstance, parts: ConsoleParts) => void)[] = [
  contactRoutes,
  eventRoutes,
  serviceRoutes,
  troubleRoutes,
  letterRoutes,
];

async function partsOf(run: ConsoleRun): Promise<ConsoleParts> {
  const { settings, secrets, dataDir } = run;
  const environments = appEnvironments(run);
  const urls = appUrls(settings);
  const env = new EventsEnv({ ...environments.auth, ...environments.gateway });
  const live = new Live();
  const gateway = await consoleGateway({
    gatewayUrl: urls.api,
    apiToken: secrets.apiToken,
    secrets: dataDir.secrets,
  });
  return {
    run,
    gateway,
    auth: new AppClient(urls.auth, secrets.apiToken),
    tools: new EventTools(env),
    feed: new EventFeed(env, (record) => live.send('record', record)),
    live,
    load: new UpdateLoad(gateway),
  };
}
